// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { recordChooser } from "../../src/ycsb/distribution.ts";
import { fnvHash64, hashModulo, hashText } from "../../src/ycsb/fnv.ts";
import { modified, OperationStream, recordKey, valueSource } from "../../src/ycsb/operations.ts";
import { seededRandom } from "../../src/ycsb/random.ts";
import { WORKLOADS, workloadOf } from "../../src/ycsb/workload.ts";
import { ZipfianRanks, zeta } from "../../src/ycsb/zipfian.ts";

const SEED = 20_240_601;

/** FNV-1a again with BigInt, as the definition reads. */
function slowFnv(value: bigint): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0n; i < 8n; i++) {
    hash = BigInt.asUintN(64, (hash ^ ((value >> (8n * i)) & 0xffn)) * 0x100000001b3n);
  }
  const signed = BigInt.asIntN(64, hash);
  return signed < 0n ? -signed : signed;
}

describe("FNV hashing of record numbers", () => {
  it("gives the keys that YCSB loads first", () => {
    expect([0, 1, 2].map(recordKey)).toEqual([
      "user6284781860667377211",
      "user8517097267634966620",
      "user1820151046732198393",
    ]);
  });

  it("equals its definition in 64-bit arithmetic", () => {
    const random = seededRandom(SEED);
    for (let i = 0; i < 2000; i++) {
      const value = Math.floor(random.fraction() * 2 ** random.below(54));
      const hash = fnvHash64(value);
      const expected = slowFnv(BigInt(value));
      expect(hashText(hash), `seed ${SEED}, value ${value}`).toBe(expected.toString());
      const limit = 1 + random.below(2 ** 32);
      expect(hashModulo(hash, limit)).toBe(Number(expected % BigInt(limit)));
    }
  });
});

describe("zipfian ranks", () => {
  it("draws rank k with probability 1 / (k^0.99 zeta)", () => {
    const items = 1000;
    const draws = 400_000;
    const ranks = new ZipfianRanks(seededRandom(SEED), items);
    const counts = new Float64Array(items);
    for (let i = 0; i < draws; i++) {
      const rank = ranks.next();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    const zetaN = zeta(items, 0.99);
    // The first two ranks are exact in Gray's method; beyond them the inverse is an approximation within a few percent.
    for (const [rank, tolerance] of [
      [0, 0.02],
      [1, 0.03],
      [9, 0.15],
    ] as const) {
      const expected = draws / ((rank + 1) ** 0.99 * zetaN);
      expect(Math.abs((counts[rank] ?? 0) - expected) / expected, `rank ${rank}`).toBeLessThan(
        tolerance,
      );
    }
    const firstTenth = counts.slice(0, 100).reduce((a, b) => a + b, 0) / draws;
    expect(firstTenth).toBeGreaterThan(zeta(100, 0.99) / zetaN - 0.03);
    expect(firstTenth).toBeLessThan(zeta(100, 0.99) / zetaN + 0.03);
  });

  it("continues the sum when items are added", () => {
    const grown = new ZipfianRanks(seededRandom(SEED), 10);
    grown.growTo(5000);
    const fresh = new ZipfianRanks(seededRandom(SEED), 5000);
    for (let i = 0; i < 1000; i++) expect(grown.next()).toBe(fresh.next());
  });

  it("knows zeta(10^10) of the scrambled generator to its summed head and integral tail", () => {
    const head = 1_000_000;
    // Euler-Maclaurin: the tail of 1/i^0.99 is (N^0.01 - head^0.01) / 0.01 but for terms below 1e-6.
    const tail = (1e10 ** 0.01 - head ** 0.01) / 0.01;
    expect(zeta(head, 0.99) + tail).toBeCloseTo(26.46902820178302, 4);
  });
});

describe("request distributions", () => {
  const draw = (name: "zipfian" | "uniform" | "latest", records: number, draws: number) => {
    const chooser = recordChooser(name, seededRandom(SEED), records);
    const counts = new Float64Array(records);
    for (let i = 0; i < draws; i++) {
      const record = chooser.next(records);
      counts[record] = (counts[record] ?? 0) + 1;
    }
    return counts;
  };

  it("uniform: every record about equally often", () => {
    const counts = draw("uniform", 100, 200_000);
    expect(Math.min(...counts)).toBeGreaterThan(1800);
    expect(Math.max(...counts)).toBeLessThan(2200);
  });

  it("latest: the newest record most often, its rank's share of the draws", () => {
    const counts = draw("latest", 1000, 200_000);
    expect(counts.indexOf(Math.max(...counts))).toBe(999);
    expect((counts[999] ?? 0) / 200_000).toBeCloseTo(1 / zeta(1000, 0.99), 2);
  });

  it("zipfian: scattered, the hottest record draws 1/zeta(10^10) of the requests", () => {
    const counts = draw("zipfian", 100_000, 200_000);
    const hottest = counts.indexOf(Math.max(...counts));
    expect(hottest).toBe(hashModulo(fnvHash64(0), 100_000));
    expect((counts[hottest] ?? 0) / 200_000).toBeCloseTo(1 / 26.469, 2);
  });

  it("zipfian: never a record that does not exist yet", () => {
    const chooser = recordChooser("zipfian", seededRandom(SEED), 2000);
    const records = Array.from({ length: 20_000 }, () => chooser.next(1000));
    expect(Math.max(...records)).toBeLessThan(1000);
  });
});

describe("operation streams", () => {
  const options = { records: 1000, operations: 50_000, seed: SEED } as const;

  it.each(Object.values(WORKLOADS))("workload $name has its proportions", (workload) => {
    const stream = new OperationStream({
      workload,
      distribution: workload.distribution,
      ...options,
    });
    const counts = { read: 0, update: 0, insert: 0, readModifyWrite: 0 };
    let beyond = 0;
    for (let i = 0; i < options.operations; i++) {
      const operation = stream.next();
      counts[operation.kind]++;
      if (operation.kind === "insert") stream.acknowledge(operation.record + 1);
      if (operation.record >= stream.records) beyond++;
    }
    expect(beyond).toBe(0);
    for (const kind of ["read", "update", "insert", "readModifyWrite"] as const) {
      expect(counts[kind] / options.operations).toBeCloseTo(workload[kind], 2);
    }
    expect(stream.records).toBe(1000 + counts.insert);
  });

  it("the same seed gives the same run, another seed another", () => {
    const run = (seed: number) => {
      const stream = new OperationStream({
        workload: WORKLOADS.a,
        distribution: "zipfian",
        ...options,
        seed,
      });
      return Array.from({ length: 200 }, () => stream.next());
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it("an unanswered insert is not read", () => {
    const stream = new OperationStream({
      workload: WORKLOADS.d,
      distribution: "latest",
      ...options,
    });
    for (let i = 0; i < 5000; i++) {
      const operation = stream.next();
      if (operation.kind === "read") expect(operation.record).toBeLessThan(1000);
    }
  });

  it("refuses workload E and unknown ones by name", () => {
    expect(() => workloadOf("e")).toThrow("expected workload a, b, c, d or f, got e");
    expect(() => workloadOf("g")).toThrow('got "g"');
    expect(() => workloadOf("constructor")).toThrow("expected workload");
    expect(workloadOf("A").name).toBe("a");
  });
});

describe("values", () => {
  it("have the size asked for and differ", () => {
    const next = valueSource(SEED, 101);
    const [a, b] = [next(), next()];
    expect([a.length, b.length]).toEqual([101, 101]);
    expect(a).not.toEqual(b);
    expect(valueSource(SEED, 101)()).toEqual(a);
  });

  it("a modified value depends on the one read", () => {
    expect(modified(Uint8Array.of(255, 255, 7), Uint8Array.of())).toEqual(Uint8Array.of(0, 0, 8));
    expect(modified(null, Uint8Array.of(1))).toEqual(Uint8Array.of(1));
  });
});
