// SPDX-License-Identifier: Apache-2.0

import { utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { decodeCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import { afterEach, describe, expect, test } from "vitest";
import type { ServiceEngine } from "../../src/service-engine.ts";
import type { ThreadedInstance } from "../../src/threads/threaded-instance.ts";
import { callOf, freshId, getCall, putCall } from "../support/calls.ts";
import { Random } from "../support/random.ts";
import { endAll, type Life, live, liveEngine } from "../support/threaded-lives.ts";

const SEED = 20261122;

afterEach(endAll);

async function textAt({ engine }: Life, key: string): Promise<string | null> {
  const [answer] = await engine.execute([getCall(key)]);
  const { result } = answer!;
  return result[0] === 1 ? Buffer.from(result.subarray(1)).toString() : null;
}

async function expectModel({ engine }: Life, model: ReadonlyMap<string, string>): Promise<void> {
  const answers = await engine.execute([...model.keys()].map((key) => getCall(key)));
  const told = answers.map(({ result }) => Buffer.from(result.subarray(1)).toString());
  expect(told).toEqual([...model.values()]);
}

/** Writes both keys or none: whose records often are of two workers. */
const both = (a: string, b: string, value: string, id = freshId()) => {
  const keys = [...new Set([a, b])].sort();
  const items = keys.map((key) => {
    return { key: utf8(key), condition: "any", write: { put: utf8(value) } } as const;
  });
  return callOf({ operation: "transact", items }, id);
};

function certificateOf({ instance }: ServiceEngine, epoch: number) {
  const bytes = instance.certificates.get(epoch);
  if (bytes === null) throw new Error(`no certificate of epoch ${epoch}`);
  return decodeCertificate(bytes).certificate;
}

/** Calls of an epoch, many of them under way at once; returns their request ids. */
async function operate(
  { engine }: Life,
  random: Random,
  model: Map<string, string>,
): Promise<string[]> {
  const ids: string[] = [];
  const waiting: Promise<unknown>[] = [];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [`key ${random.below(60)}`, `key ${random.below(60)}`];
    const [id, value] = [freshId(), `${ids.length}.${random.below(1000)}`];
    ids.push(id);
    const kind = random.below(4);
    const call =
      kind === 0 ? getCall(a, id) : kind === 1 ? both(a, b, value, id) : putCall(a, value, id);
    if (kind !== 0) model.set(a, value);
    if (kind === 1) model.set(b, value);
    waiting.push(engine.execute([call]));
  }
  await Promise.all(waiting);
  return ids;
}

describe.each([2, 3])("a service with data on %d threads", (threads) => {
  test("that is stopped and started again goes on, and names the instance before", async () => {
    const place = new MemoryPlace();
    const random = new Random(SEED + threads);
    const model = new Map<string, string>();
    const first = await live(place, threads);
    await operate(first, random, model);
    await first.engine.closeEpoch();
    await operate(first, random, model);
    await first.stop();
    const { certificates, attestation } = first.engine.instance;
    const last = decodeCertificate(certificates.get(certificates.latest!)!);

    const second = await live(place, threads);
    expect(second.facts).toMatchObject({ calls: 0, ancestors: 1 });
    await expectModel(second, model);
    const epoch = await second.engine.closeEpoch();
    expect(epoch).toBe(last.certificate.epoch + 1);
    const [ancestor] = second.engine.instance.lineage;
    const signed = decodeCheckpoint(ancestor!.checkpoint);
    expect(verifyCheckpoint(signed, attestation.publicKey)).toBe(true);
    expect(signed.checkpoint.previous).toEqual(last.hash);
    const certificate = certificateOf(second.engine, epoch);
    expect(certificate.origin).toEqual(signed.hash);
    expect(certificate.threads).toHaveLength(threads);
    expect(certificate.operations).toBe(last.certificate.operations + BigInt(model.size));
  });

  test("that crashed certifies the same epochs with the same content", async () => {
    const place = new MemoryPlace();
    const random = new Random(SEED + 10 * threads);
    const model = new Map<string, string>();
    const first = await live(place, threads);
    const ids: string[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      ids.push(...(await operate(first, random, model)));
      // Some calls are under way while the epoch ends: workers enter the next one after each other.
      const closing = first.engine.closeEpoch();
      ids.push(...(await operate(first, random, model)));
      await closing;
    }
    await first.engine.closeEpoch();
    const { engine } = first;
    const receipts = await Promise.all(ids.map((id) => engine.receipt(id)));
    const latest = engine.instance.certificates.latest!;
    const before = Array.from({ length: latest }, (_, i) => certificateOf(engine, i + 1));
    await first.crash();

    const second = await live(place, threads);
    expect(second.facts).toMatchObject({ calls: ids.length, epochs: latest });
    for (const { epoch, operations, threads: content } of before) {
      const again = certificateOf(second.engine, epoch);
      expect(again).toMatchObject({ operations, threads: content });
    }
    for (const [i, id] of ids.entries()) {
      const [told, again] = [receipts[i], await second.engine.receipt(id)];
      if (told?.status !== "certified" || again?.status !== "certified") throw new Error(id);
      expect(again.receipt).toBe(told.receipt);
    }
    await expectModel(second, model);
  });
});

describe("another number of threads", () => {
  test.each([
    ["a clean stop", [2, 1, 3]],
    ["a crash", [1, 3, 2]],
  ] as const)(
    "after %s: %j",
    async (end, lives) => {
      const place = new MemoryPlace();
      const random = new Random(SEED + lives.length);
      const model = new Map<string, string>();
      const ids: string[] = [];
      for (const threads of lives) {
        const life = await live(place, threads);
        await expectModel(life, model);
        ids.push(...(await operate(life, random, model)));
        await life.engine.closeEpoch();
        for (const id of ids) expect((await life.engine.receipt(id))?.status).toBe("certified");
        await (end === "a crash" ? life.crash() : life.stop());
      }
      await expectModel(await live(place, 2), model);
    },
    60_000,
  );

  test("lists its keys over them", async () => {
    const place = new MemoryPlace();
    const first = await live(place, 2);
    await first.engine.execute(["a", "b", "c"].map((key) => putCall(key, "1")));
    await first.engine.closeEpoch();
    await first.crash();
    const second = await live(place, 3);
    expect(second.facts).toMatchObject({ calls: 3, ancestors: 2 });
    await second.engine.execute([callOf({ operation: "delete", key: utf8("b") })]);
    await second.stop();
    const storage = await place.open({ serviceId: "kv" });
    const names: string[] = [];
    for await (const some of storage.names()) names.push(...some.map(String));
    expect(names.length).toBe(2);
    await storage.close();
  });
});

describe("certified implies durable", () => {
  test("an epoch is not certified while its calls are being written", async () => {
    const place = new MemoryPlace();
    const { engine } = await live(place, 2);
    await engine.execute([putCall("a", "1")]);
    place.holdWrites();
    let isCertified = false;
    const closing = engine.closeEpoch().then(() => {
      isCertified = true;
    });
    for (let i = 0; i < 30; i++) await engine.execute([putCall("b", `${i}`)]);
    expect(isCertified).toBe(false);
    expect(engine.instance.certificates.latest).toBe(0);
    place.letWrite();
    await closing;
    expect(engine.instance.certificates.latest).toBe(1);
  });

  test("when the storage fails nothing is certified any more", async () => {
    const place = new MemoryPlace();
    const life = await live(place, 2);
    const { engine } = life;
    await engine.execute([putCall("a", "1")]);
    place.failNextWrite(new Error("the disk is full"));
    await engine.execute([putCall("a", "2")]);
    await expect(engine.closeEpoch()).rejects.toMatchObject({ code: "storage_failed" });
    expect(engine.instance.certificates.latest).toBe(0);
    await expect(engine.execute([putCall("a", "3")])).rejects.toMatchObject({
      code: "storage_failed",
    });
    await life.crash();
    expect(await textAt(await live(place, 2), "a")).not.toBe("3");
  });
});

test("a record that was changed does not lead to the checkpoint's root", async () => {
  const place = new MemoryPlace();
  const first = await live(place, 2);
  await first.engine.execute(["a", "b", "c", "d"].map((key) => putCall(key, "1")));
  await first.stop();
  place.tamper(({ records }) => {
    const [digest] = records.keys();
    records.set(digest!, Uint8Array.of(9));
  });
  for (const threads of [1, 2, 3]) {
    await expect(live(place, threads)).rejects.toMatchObject({ code: "storage_damaged" });
  }
});

describe("checkpoints under traffic", () => {
  test.each([2, 3])("on %d threads keep the journal short, and lose nothing", async (threads) => {
    const place = new MemoryPlace();
    const random = new Random(SEED + 100 * threads);
    const model = new Map<string, string>();
    const first = await liveEngine(place, threads, { epochs: 3 });
    const ids: string[] = [];
    for (let round = 0; round < 12; round++) {
      // Calls are under way whenever an epoch ends, and whenever the tree is at rest.
      const [some, , others] = await Promise.all([
        operate(first, random, model),
        first.engine.closeEpoch(),
        operate(first, random, model),
      ]);
      ids.push(...some, ...others);
    }
    await first.engine.closeEpoch();
    for (const id of ids) expect((await first.engine.receipt(id))?.status).toBe("certified");
    await first.crash();
    const second = await liveEngine(place, threads, { epochs: 3 });
    expect(second.facts.records).toBeGreaterThan(30);
    expect(second.facts.calls).toBeLessThan(4 * 80);
    await expectModel(second, model);
    for (const id of ids) expect((await second.engine.receipt(id))?.status).toBe("certified");
  });

  test("that a dead worker keeps from their end leave what was certified", async () => {
    const place = new MemoryPlace();
    const first = await liveEngine(place, 2, { epochs: 1 });
    await first.engine.execute([putCall("a", "1"), putCall("b", "1"), putCall("c", "1")]);
    await first.engine.closeEpoch();
    const { latest } = first.engine.instance.certificates;
    const [, lane] = (first.engine.instance as ThreadedInstance).lanes;
    const killed = lane!.kill();
    await expect(first.engine.closeEpoch()).rejects.toMatchObject({ code: "worker_failed" });
    await killed;
    expect(first.engine.instance.certificates.latest).toBe(latest);
    await first.crash();
    const second = await liveEngine(place, 2);
    const model = new Map(["a", "b", "c"].map((key) => [key, "1"]));
    await expectModel(second, model);
  });

  test("end with the service", async () => {
    const place = new MemoryPlace();
    const random = new Random(SEED);
    const model = new Map<string, string>();
    const first = await liveEngine(place, 2, { epochs: 1 });
    const working = operate(first, random, model);
    const closing = first.engine.closeEpoch();
    await Promise.all([working, closing]);
    await first.stop();
    const second = await liveEngine(place, 2);
    expect(second.facts.calls).toBe(0);
    await expectModel(second, model);
  });
});

test("a place that only one thread ever had stays open to releases that know no others", async () => {
  const formatOf = async (place: MemoryPlace): Promise<unknown> => {
    const storage = await place.open({ serviceId: "kv" });
    const bytes = await storage.manifest();
    await storage.close();
    const { format, threads, fullDepth } = JSON.parse(Buffer.from(bytes!).toString());
    return { format, threads, fullDepth };
  };
  const place = new MemoryPlace();
  await (await live(place, 1)).stop();
  expect(await formatOf(place)).toEqual({ format: "zeta.manifest.v1" });
  await (await live(place, 2)).stop();
  expect(await formatOf(place)).toEqual({ format: "zeta.manifest.v2", threads: 2, fullDepth: 0 });
  const second = await live(place, 2);
  await second.engine.execute([putCall("a", "1")]);
  await second.stop();
  expect(await formatOf(place)).toEqual({ format: "zeta.manifest.v2", threads: 2, fullDepth: 5 });
  await (await live(place, 1)).stop();
  expect(await formatOf(place)).toEqual({ format: "zeta.manifest.v2", threads: 1, fullDepth: 5 });
});

test.each([
  ["two threads", 2],
  ["another number of them than before", 3],
])(
  "a start on %s that nobody wants any more ends, and leaves everything as it was",
  async (_, threads) => {
    const place = new MemoryPlace();
    const first = await live(place, 2);
    await first.engine.execute([putCall("a", "1")]);
    await first.engine.closeEpoch();
    await first.crash();
    const stop = new AbortController();
    const storage = async (serviceId: string) => {
      const opened = await place.open({ serviceId });
      // Some steps later its records are being read.
      const names = opened.names.bind(opened);
      opened.names = () => {
        stop.abort(new Error("enough"));
        return names();
      };
      return opened;
    };
    await expect(live(place, threads, { stop: stop.signal, storage })).rejects.toThrow("enough");
    expect(await textAt(await live(place, threads), "a")).toBe("1");
  },
);
