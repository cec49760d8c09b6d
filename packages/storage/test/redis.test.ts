// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStorage } from "../src/open-storage.ts";
import { describeConformance } from "./support/conformance.ts";
import { content, everythingIn, expected, record, text } from "./support/contents.ts";
import { describeCrashes } from "./support/crashes.ts";
import { hasRealRedis, type RealRedis, startRealRedis } from "./support/real-redis.ts";

const KV = { serviceId: "kv" };
const KEY = (name: string) => `zeta:{kv}:${name}`;

describe.runIf(hasRealRedis)("a real Redis", () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await startRealRedis();
  });
  afterAll(() => redis.stop());

  const makePlace = async () => ({
    open: (options: { serviceId: string; isReadOnly?: boolean }) => openStorage(redis.url, options),
    setFormat: async (line: string) => {
      await redis.admin.set(KEY("format"), line);
    },
    makeFormer: async () => {
      await redis.admin.set(KEY("format"), "zeta.storage 1 kv");
      await redis.admin.del(KEY("pages"));
    },
    damageJournal: async (how: "byte" | "gap") => {
      const { admin } = redis;
      const [first, second, third] = await admin.lrangeBuffer(KEY("journal"), 0, -1);
      (third as Buffer)[12]! ^= 1;
      await admin.del(KEY("journal"));
      const left = how === "gap" ? [first, second?.fill(0), third] : [first, second, third];
      await admin.rpush(KEY("journal"), ...(left as Buffer[]));
    },
    remove: async () => {
      await redis.admin.flushall();
    },
  });

  describeConformance("Redis", makePlace, { ownPerService: true });

  describeCrashes("Redis", async () => ({
    get place() {
      return redis.url;
    },
    remove: async () => {
      await redis.admin.flushall();
    },
  }));

  describe("is a server that others use", () => {
    const remove = () => redis.admin.flushall();

    test("two services have their own data in it", async () => {
      const kv = await openStorage(redis.url, KV);
      const bank = await openStorage(redis.url, { serviceId: "bank" });
      await kv.checkpoint(content("of kv", [record(1, "kv")]));
      await bank.checkpoint(content("of bank", [record(1, "bank")]));
      expect(await everythingIn(kv)).toEqual(expected("of kv", [record(1, "kv")]));
      expect(await everythingIn(bank)).toEqual(expected("of bank", [record(1, "bank")]));
      await Promise.all([kv.close(), bank.close(), remove()]);
    });

    test("a writer who lost the lock writes nothing", async () => {
      const storage = await openStorage(redis.url, KV);
      await redis.admin.set(KEY("writer"), "somebody else");
      storage.append(text("too late"));
      await expect(storage.flush()).rejects.toMatchObject({ code: "storage_failed" });
      expect(await redis.admin.llen(KEY("journal"))).toBe(0);
      await expect(storage.close()).rejects.toBe(storage.failure);
      await remove();
    });

    test("an entry that somebody else added is noticed before the next is written", async () => {
      const storage = await openStorage(redis.url, KV);
      await redis.admin.rpush(KEY("journal"), "foreign");
      storage.append(text("1"));
      await expect(storage.flush()).rejects.toThrow(/expected entry 1, got 0/);
      await storage.close().catch(() => {});
      await remove();
    });

    test("a checkpoint that was committed and not applied is finished by the next opener", async () => {
      const storage = await openStorage(redis.url, KV);
      await storage.checkpoint(content("old", [record(1, "old"), record(2, "old")]));
      await storage.close();
      // One record packed by hand: kind 1, 32 + 3 bytes.
      const block = Buffer.concat([
        Buffer.of(1, 0, 0, 0, 35),
        record(2, "new").digest,
        text("new"),
      ]);
      await redis.admin.rpush(KEY("redo"), block);
      const before = await openStorage(redis.url, KV);
      expect((await everythingIn(before)).records).toEqual(
        expected(null, [record(1, "old"), record(2, "old")]).records,
      );
      await before.close();
      await redis.admin.del(KEY("redo"));
      await redis.admin.rpush(KEY("redo"), block);
      await redis.admin.hset(KEY("head"), "redo", 1);
      const reader = openStorage(redis.url, { ...KV, isReadOnly: true });
      await expect(reader).rejects.toMatchObject({ code: "storage_in_use" });
      const after = await openStorage(redis.url, KV);
      expect((await everythingIn(after)).records).toEqual(
        expected(null, [record(1, "old"), record(2, "new")]).records,
      );
      await after.close();
      await remove();
    });

    test("who reads while a checkpoint is saved is told so", async () => {
      const storage = await openStorage(redis.url, KV);
      await storage.checkpoint(content("one", [record(1, "a")]));
      const reader = await openStorage(redis.url, { ...KV, isReadOnly: true });
      await storage.checkpoint(content("two", [record(1, "b")]));
      await expect(everythingIn(reader)).rejects.toMatchObject({ code: "storage_in_use" });
      await Promise.all([reader.close(), storage.close()]);
      await remove();
    });

    test("one that evicts keys is refused", async () => {
      await redis.admin.config("SET", "maxmemory", "1gb");
      await redis.admin.config("SET", "maxmemory-policy", "allkeys-lru");
      await expect(openStorage(redis.url, KV)).rejects.toThrow(/got maxmemory-policy allkeys-lru/);
      await redis.admin.config("SET", "maxmemory-policy", "noeviction");
      await (await openStorage(redis.url, KV)).close();
      await redis.admin.config("SET", "maxmemory", "0");
      await remove();
    });

    test("a lost connection ends all writing", async () => {
      const storage = await openStorage(redis.url, KV);
      await redis.admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      storage.append(text("1"));
      await expect(storage.flush()).rejects.toMatchObject({ code: "storage_failed" });
      await storage.close().catch(() => {});
      await remove();
    });
  });
});

test("a Redis that is not there, and a URL that is none", async () => {
  const gone = openStorage("redis://user:secret@127.0.0.1:1", KV);
  await expect(gone).rejects.toMatchObject({
    code: "storage_unreachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
  await expect(gone).rejects.toThrow(/redis:\/\/user@127\.0\.0\.1:1/);
  const none = openStorage("redis://user:secret@:x", KV);
  await expect(none).rejects.toMatchObject({ code: "storage_place_invalid" });
  await expect(none).rejects.not.toThrow(/secret/);
});
