// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compare, nameOf } from "../../src/bench/store/compare.ts";
import { drawnKind, drawOperations, recordOf } from "../../src/bench/store/draws.ts";
import {
  highHalf,
  inTreeOrder,
  lowHalf,
  mix,
  reverseBits,
  unmix,
} from "../../src/bench/store/keys.ts";
import { Sampler } from "../../src/bench/store/measure.ts";
import { setting } from "../../src/bench/store/setting.ts";
import { Subject } from "../../src/bench/store/subject.ts";
import { STORE_BENCHES } from "../../src/bench/store-benches.ts";
import { WORKLOADS } from "../../src/ycsb/workload.ts";

const RECORDS = 3000;

describe("keys of the bench", () => {
  it("differ, and lead back to their records", () => {
    for (const number of [0, 1, 77, 0x7fffffff, 0x80000000, 0xffffffff]) {
      expect(unmix(mix(number))).toBe(number);
      expect(reverseBits(reverseBits(number))).toBe(number);
    }
    const keys = new Set(Array.from({ length: RECORDS }, (_, i) => `${lowHalf(i)} ${highHalf(i)}`));
    expect(keys.size).toBe(RECORDS);
  });

  it("in the order of the tree: every record once, by its lowest bits first", () => {
    const order = [...inTreeOrder(RECORDS)];
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
    const sides = order.map((record) => lowHalf(record) & 1);
    expect(sides).toEqual(sides.toSorted());
  });
});

describe("operations drawn beforehand", () => {
  const shape = { records: RECORDS, count: 100_000, seed: 5, sorted: false, workers: 2 } as const;
  const ownerOf = (low: number) => low & 1;

  it("belong to the worker, in the proportions of the workload", () => {
    const workload = WORKLOADS.b;
    const pools = drawOperations({ ...shape, workload, distribution: "uniform", ownerOf });
    const all = pools.flatMap((pool) => [...pool]);
    for (const [worker, pool] of pools.entries()) {
      expect(pool.every((draw) => ownerOf(lowHalf(recordOf(draw))) === worker)).toBe(true);
    }
    const puts = all.filter((draw) => drawnKind(draw) === 1).length;
    expect(puts / all.length).toBeGreaterThan(0.045);
    expect(puts / all.length).toBeLessThan(0.055);
    expect(Math.max(...all.map(recordOf))).toBeLessThan(RECORDS);
  });

  it("zipfian: the most popular record is drawn as often as 1 / zeta says", () => {
    const workload = WORKLOADS.c;
    const [pool] = drawOperations({
      ...shape,
      workload,
      distribution: "zipfian",
      workers: 1,
      ownerOf,
    });
    const share = pool!.filter((draw) => recordOf(draw) === 0).length / pool!.length;
    const zeta = Array.from({ length: RECORDS }, (_, i) => (i + 1) ** -0.99).reduce(
      (a, b) => a + b,
    );
    expect(share * zeta).toBeGreaterThan(0.95);
    expect(share * zeta).toBeLessThan(1.05);
  });
});

describe("what is measured is certified", () => {
  it.each([
    ["hybrid", 2],
    ["merkle-sorted", 1],
    ["deferred", 1],
    ["unverified", 1],
  ] as const)("%s, %d workers", async (placement, workers) => {
    const own = setting({ placement, workers, records: RECORDS, epochMs: 30, slots: 100 });
    const base = setting({ placement: "hybrid", workload: "f", records: RECORDS, epochMs: 30 });
    const said: string[] = [];
    const options = { quick: true, say: (line: string) => said.push(line) };
    const [measured, baseline] = await compare([own, base], options);
    expect(measured).toMatchObject({ certified: true, runs: 3 });
    expect(baseline).toMatchObject({ certified: true, runs: 3 });
    expect(measured!.operationsPerSecond).toBeGreaterThan(0);
    expect(measured!.kept === null).toBe(placement === "unverified");
    expect(measured!.epochMs).toBe(30);
    expect(said).toHaveLength(3);
    expect(said[0]).toContain(nameOf(own));
  });

  it("a store that lies is not", async () => {
    const { warmth } = setting();
    const options = { workers: 2, slots: 100, recordsMax: RECORDS, warmth };
    const subject = await Subject.start(options, RECORDS, 1000, () => {});
    const workload = WORKLOADS.a;
    const ownerOf = (low: number) => subject.cluster.ownerOf(low);
    const shape = { records: RECORDS, count: 50_000, seed: 1, workers: 2, sorted: false } as const;
    subject.use(drawOperations({ ...shape, workload, distribution: "uniform", ownerOf }));
    const sampler = new Sampler(subject, 20);
    await sampler.sample();
    const key = (BigInt(highHalf(7)) << 32n) | BigInt(lowHalf(7));
    await subject.cluster.overwriteValue(key, 99n);
    await expect(sampler.sample()).rejects.toMatchObject({ code: "monitor_failed" });
    await expect(subject.finish()).rejects.toMatchObject({ code: "monitor_failed" });
    await subject.stop();
  });
});

it("the rows that people's scripts ask for are there, each once", () => {
  const ids = STORE_BENCHES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of [
    "store.ycsb-a.1m.1s",
    "store.ycsb-a.1m.10s",
    "store.overhead.1s",
    "store.overhead.10s",
    "store.scaling.2w",
    "store.vs-merkle",
    "store.vs-merkle-sorted",
    "store.vs-deferred.10m",
    "store.bytes-per-record.10m",
    "store.certify-latency.1m.1s",
  ]) {
    expect(ids).toContain(id);
  }
});
