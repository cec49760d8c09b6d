// SPDX-License-Identifier: Apache-2.0
/** Programs that were written for Redis. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { startService } from "../../src/serve.ts";
import { hasRealRedis } from "../support/real-redis.ts";
import { RawClient } from "../support/resp.ts";
import { startFront } from "../support/resp-front.ts";

const run = promisify(execFile);

test("ioredis", async () => {
  const { port, service } = await startFront();
  const redis = new Redis(port, "127.0.0.1");
  onTestFinished(() => redis.disconnect());
  expect(await redis.set("a", "1")).toBe("OK");
  expect(await redis.incrby("a", 41)).toBe(42);
  expect(await redis.set("a", "x", "NX")).toBeNull();
  expect(await redis.getBuffer("a")).toEqual(Buffer.from("42"));
  expect(await redis.mget("a", "none")).toEqual(["42", null]);
  const piped = await redis.pipeline().incr("a").append("b", "text").incr("b").exec();
  expect(piped?.map(([error, result]) => error?.message ?? result)).toEqual([
    ...[43, 4, "ERR value is not an integer or out of range"],
  ]);
  await redis.watch("a");
  const changed = await redis.multi().incr("a").get("a").exec();
  expect(changed).toEqual([
    [null, 44],
    [null, "44"],
  ]);
  expect(await redis.hset("h", { name: "ada", born: 1815 })).toBe(2);
  expect(await redis.hincrby("h", "born", 1)).toBe(1816);
  expect(await redis.hgetall("h")).toEqual({ name: "ada", born: "1816" });
  const fields: string[] = [];
  for await (const some of redis.hscanStream("h")) fields.push(...some);
  expect(fields).toEqual(["name", "ada", "born", "1816"]);
  await expect(redis.get("h")).rejects.toThrow("WRONGTYPE");
  expect(await redis.del("h")).toBe(1);
  const keys: string[] = [];
  for await (const some of redis.scanStream({ match: "*", count: 1 })) keys.push(...some);
  expect(keys.sort()).toEqual(["a", "b"]);
  const receipts = (await redis.call("ZETA.RECEIPT")) as unknown[];
  expect(receipts.length).toBeGreaterThan(0);
  const waiting = redis.call("ZETA.WAIT", "30000");
  await service.engine.closeEpoch();
  expect(await waiting).toBe(0);
  expect(await redis.quit()).toBe("OK");
});

test.each([2, 3] as const)("node-redis in RESP%i", async (version) => {
  const { port } = await startFront();
  const redis = createClient({ url: `redis://127.0.0.1:${port}`, RESP: version });
  redis.on("error", (error) => expect.unreachable(String(error)));
  await redis.connect();
  onTestFinished(() => redis.destroy());
  expect(await redis.ping()).toBe("PONG");
  expect(await redis.set("a", "1")).toBe("OK");
  expect(await redis.get("none")).toBeNull();
  expect(await redis.incr("a")).toBe(2);
  expect(await redis.mSet({ b: "x", c: "y" })).toBe("OK");
  expect(await redis.mGet(["a", "b", "none"])).toEqual(["2", "x", null]);
  expect(await redis.exists(["a", "b", "none"])).toBe(2);
  expect(await redis.hSet("h", { name: "ada", born: "1815" })).toBe(2);
  expect({ ...(await redis.hGetAll("h")) }).toEqual({ name: "ada", born: "1815" });
  expect(await redis.hmGet("h", ["born", "none"])).toEqual(["1815", null]);
  const fields = await redis.hRandFieldCountWithValues("h", 2);
  expect([...fields].map(({ field }) => field).sort()).toEqual(["born", "name"]);
  expect((await redis.scan("0", { TYPE: "hash" })).keys).toEqual(["h"]);
  expect(await redis.hDel("h", ["name", "born"])).toBe(2);
  expect(await redis.incrByFloat("f", 0.1)).toBe("0.1");
  expect(await redis.copy("f", "g")).toBe(1);
  expect(await redis.del(["f", "g"])).toBe(2);
  expect(await redis.clientTrackingInfo()).toMatchObject({ redirect: -1, prefixes: [] });
  expect({ ...(await redis.configGet("maxmemory")) }).toEqual({ maxmemory: "0" });
  expect(await redis.role()).toMatchObject({ role: "master", replicas: [] });
  expect(await redis.multi().incr("a").get("b").setNX("c", "z").exec()).toEqual([3, "x", 0]);
  await expect(redis.set("a", "1", { expiration: { type: "EX", value: 5 } })).rejects.toThrow(
    "ERR expiry is not supported",
  );
  expect(await redis.dbSize()).toBe(3);
  expect((await redis.info()).includes("zeta_epoch_current:0")).toBe(true);
  expect(await redis.commandCount()).toBeGreaterThan(30);
  expect(await redis.del(["a", "b", "none"])).toBe(2);
  await redis.close();
});

describe.runIf(hasRealRedis)("the tools of Redis", () => {
  test("redis-cli", async () => {
    const { port } = await startFront();
    const cli = async (...args: string[]) =>
      (await run("redis-cli", ["-p", `${port}`, ...args])).stdout.trimEnd();
    expect(await cli("SET", "a", "1")).toBe("OK");
    expect(await cli("INCR", "a")).toBe("2");
    expect(await cli("-3", "GET", "none")).toBe("");
    expect(await cli("--scan", "--pattern", "*")).toBe("a");
    expect(await cli("COMMAND", "COUNT")).toMatch(/^\d+$/);
    expect(await cli("NOSUCH")).toMatch(/^ERR unknown command 'NOSUCH'/);
  });

  test("redis-benchmark", async () => {
    const { port, client, service } = await startFront();
    const tests = ["-t", "ping,set,get,incr,mset", "-n", "300", "-c", "8", "-P", "4", "-q"];
    const { stdout } = await run("redis-benchmark", ["-p", `${port}`, ...tests]);
    for (const name of ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"]) {
      expect(stdout).toContain(`${name}: `);
    }
    expect(await client().ask("GET counter:__rand_int__")).toBe("300");
    await service.engine.closeEpoch();
    expect(service.engine.instance.violation).toBeNull();
  });
});

test("over several threads: commands over records of several workers, and the list of keys", async () => {
  const service = await startService({
    ...{ port: 0, threads: 2, slots: 512, epochMs: null, processMetrics: false },
    resp: { host: "127.0.0.1", port: 0 },
  });
  onTestFinished(() => service.close());
  const port = Number(service.resp?.split(":").at(-1));
  const clients = Array.from({ length: 4 }, () => new RawClient(port));
  onTestFinished(() => {
    for (const { socket } of clients) socket.destroy();
  });
  const keys = Array.from({ length: 16 }, (_, i) => `key-${i}`);
  const [one] = clients as [RawClient];
  expect(await one.ask(["MSET", ...keys.flatMap((key) => [key, "0"])])).toBe("OK");
  await Promise.all(
    clients.map(async (client) => {
      for (let round = 0; round < 5; round++) {
        await client.pipeline("MULTI", ...keys.map((key) => `INCR ${key}`), "EXEC", "INCR key-0");
      }
    }),
  );
  expect(await one.ask(["MGET", ...keys])).toEqual(keys.map((_, i) => (i === 0 ? "40" : "20")));
  expect(await one.ask("DBSIZE")).toBe(keys.length);
  expect(await one.ask("DEL key-0 key-1 key-2 none")).toBe(3);
  expect(((await one.ask("KEYS *")) as string[]).sort()).toEqual(keys.slice(3).sort());
  const waiting = one.ask("ZETA.WAIT 30000");
  await service.engine.closeEpoch();
  expect(await waiting).toBe(0);
  expect(service.engine.instance.violation).toBeNull();
});
