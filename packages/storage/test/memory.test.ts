// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { MemoryPlace } from "../src/memory/memory-place.ts";
import { describeConformance } from "./support/conformance.ts";
import { content, everythingIn, expected, page, record, text } from "./support/contents.ts";

describeConformance("memory", async () => {
  const place = new MemoryPlace();
  return {
    open: (options) => place.open(options),
    setFormat: async (line) => {
      place.tamper((state) => {
        state.format = line;
      });
    },
    makeFormer: async () => {
      place.tamper((state) => {
        state.format = "zeta.storage 1 kv";
        state.pages.clear();
      });
    },
    damageJournal: async (how) => {
      place.tamper(({ journal }) => {
        if (how === "gap") journal.delete(1);
        else (journal.get(2) as Uint8Array)[12]! ^= 1;
      });
    },
    remove: async () => {},
  };
});

const KV = { serviceId: "kv" };
const KEY = "0000000000000001";
const NEXT = "0000000000000002";

test("a crash loses what was not flushed, nothing else", async () => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  await storage.checkpoint(content("first", [record(1, "a")]));
  storage.append(text("flushed"));
  await storage.flush();
  place.holdWrites();
  storage.append(text("lost"));
  const flushed = storage.flush();
  const saved = storage.checkpoint(content("second", [record(1, "b")]));
  place.crash();
  await expect(flushed).rejects.toMatchObject({ code: "storage_failed" });
  await expect(saved).rejects.toMatchObject({ code: "storage_failed" });
  const again = await place.open(KV);
  expect(await everythingIn(again)).toEqual(expected("first", [record(1, "a")], [], ["flushed"]));
});

test("after a failed write nothing is written any more", async () => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  storage.append(text("1"));
  await storage.flush();
  place.failNextWrite(new Error("disk full"));
  storage.append(text("2"));
  await expect(storage.flush()).rejects.toMatchObject({ code: "storage_failed" });
  storage.append(text("3"));
  await expect(storage.flush()).rejects.toThrow(/expected memory to be written, got disk full/);
  await expect(storage.checkpoint(content("m"))).rejects.toBe(storage.failure);
  await expect(storage.close()).rejects.toBe(storage.failure);
  const again = await place.open(KV);
  expect(await everythingIn(again)).toEqual(expected(null, [], [], ["1"]));
});

test("bytes that are not durable yet are counted", async () => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  place.holdWrites();
  for (let i = 0; i < 100; i++) storage.append(new Uint8Array(1000));
  expect(storage.pendingBytes).toBeGreaterThanOrEqual(100_000);
  const flushed = storage.flush();
  place.letWrite();
  await flushed;
  expect(storage.pendingBytes).toBe(0);
});

test.each([
  ["a value that is too long", 32, 2 ** 20 + 1],
  ["a digest that is too short", 31, 1],
])("%s is damage", async (_what, digest, value) => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  place.tamper(({ records }) => records.set("00".repeat(digest), new Uint8Array(value)));
  await expect(everythingIn(storage)).rejects.toMatchObject({ code: "storage_damaged" });
});

test.each([
  ["whose bytes changed", (pages: Map<string, Uint8Array>) => (pages.get(KEY)![12]! ^= 1)],
  ["in the place of another", (pages: Map<string, Uint8Array>) => pages.set(KEY, pages.get(NEXT)!)],
  ["that is cut short", (pages: Map<string, Uint8Array>) => pages.set(KEY, new Uint8Array(11))],
])("a page %s is damage", async (_what, change) => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  await storage.checkpoint(content("m", [], [], [page(1, "one"), page(2, "two")]));
  place.tamper(({ pages }) => change(pages));
  await expect(everythingIn(storage)).rejects.toMatchObject({ code: "storage_damaged" });
});

test("a manifest whose bytes changed is damage", async () => {
  const place = new MemoryPlace();
  const storage = await place.open(KV);
  await storage.checkpoint(content("manifest"));
  await storage.close();
  place.tamper(({ head }) => {
    (head as Uint8Array)[15]! ^= 1;
  });
  await expect(place.open(KV)).rejects.toMatchObject({ code: "storage_damaged" });
});
