// SPDX-License-Identifier: Apache-2.0
import { BYTES_BENCHES } from "./bytes-benches.ts";
import type { Bench, BenchOptions, BenchRow } from "./row.ts";
import { compareOnce, type Measured, nameOf } from "./store/compare.ts";
import { sayKept } from "./store/measure.ts";
import { type Setting, setting } from "./store/setting.ts";

const MILLION = 1_000_000;

/** Takes the figure of a row from what was measured. */
interface Figure {
  readonly unit: BenchRow["unit"];
  readonly of: (measured: Measured) => number;
}

const THROUGHPUT: Figure = { unit: "op/s", of: (measured) => measured.operationsPerSecond };
const TIME: Figure = { unit: "ns/op", of: (measured) => 1e9 / measured.operationsPerSecond };
const LATENCY: Figure = { unit: "ms", of: ({ kept }) => kept?.certificationMs ?? 0 };
const MEMORY: Figure = { unit: "B", of: (measured) => measured.bytesPerRecord };

/** A row: one setting beside another one, which is its baseline. */
function storeBench(
  id: string,
  title: string,
  own: Setting,
  base: Setting,
  figure: Figure = THROUGHPUT,
): Bench {
  return {
    id,
    title,
    async run(options: BenchOptions): Promise<BenchRow> {
      const [value, baseline] = await compareOnce([own, base], options);
      if (value === undefined || baseline === undefined) throw new Error("two figures");
      return {
        id,
        value: rounded(figure.of(value), figure),
        unit: figure.unit,
        baseline: nameOf(base),
        baselineValue: rounded(figure.of(baseline), figure),
        ratio: Math.round((100 * figure.of(value)) / figure.of(baseline)) / 100,
        runs: value.runs,
        certified: value.certified && baseline.certified,
        remarks: [...remarks(own, value), ...remarks(base, baseline)],
      };
    },
  };
}

function rounded(value: number, { unit }: Figure): number {
  return unit === "op/s" ? Math.round(value) : Math.round(100 * value) / 100;
}

/** How it kept its epochs. */
function remarks(of: Setting, { kept, epochMs }: Measured): readonly string[] {
  return kept === null ? [] : [`${nameOf(of)}: ${sayKept(kept, epochMs)}`];
}

/** A setting beside the same store without a monitor. */
function besideUnverified(
  id: string,
  title: string,
  own: Partial<Setting>,
  figure?: Figure,
): Bench {
  const base = setting({ ...own, placement: "unverified" });
  return storeBench(id, title, setting(own), base, figure);
}

/** A setting beside the same with another placement. */
function besidePlacement(
  id: string,
  title: string,
  own: Partial<Setting>,
  placement: Setting["placement"],
  figure?: Figure,
): Bench {
  return storeBench(id, title, setting(own), setting({ ...own, placement }), figure);
}

const TEN_SECONDS = { epochMs: 10_000 };
const TEN_MILLION = { records: 10 * MILLION };

/**
 * The rows of `zeta bench store`: first profile `kv64`, which has no receipts, in workers, to which batches of up to 4096 calls go through shared
 * memory; then profile `bytes`.
 */
export const STORE_BENCHES: readonly Bench[] = [
  besideUnverified("store.ycsb-a.1m.1s", "YCSB A, zipfian 0.99, 1 M records, epochs of 1 s", {}),
  besideUnverified("store.overhead.1s", "the same: time per operation", {}, TIME),
  besideUnverified("store.ycsb-a.1m.10s", "YCSB A, 1 M records, epochs of 10 s", TEN_SECONDS),
  besideUnverified("store.overhead.10s", "the same: time per operation", TEN_SECONDS, TIME),
  besideUnverified("store.ycsb-b.1m.1s", "YCSB B: 95 % reads", { workload: "b" }),
  besideUnverified("store.ycsb-c.1m.1s", "YCSB C: reads only", { workload: "c" }),
  besideUnverified(
    "store.ycsb-f.1m.1s",
    "YCSB F: half reads, half read-modify-writes (two calls)",
    {
      workload: "f",
    },
  ),
  besideUnverified("store.ycsb-a.1m.1s.uniform", "YCSB A, uniform", { distribution: "uniform" }),
  besideUnverified("store.ycsb-a.1m.1s.scrambled", "YCSB A, YCSB's own zipfian over 10^10 ranks", {
    distribution: "scrambled",
  }),
  besideUnverified("store.ycsb-a.100k.1s", "YCSB A, 100 k records", { records: 100_000 }),
  besideUnverified("store.ycsb-a.10m.1s", "YCSB A, 10 M records", TEN_MILLION),
  besideUnverified(
    "store.bytes-per-record.10m",
    "resident memory per record, store and monitor and all",
    TEN_MILLION,
    MEMORY,
  ),
  storeBench(
    "store.scaling.2w",
    "YCSB A, 1 M records, two workers beside one",
    setting({ workers: 2 }),
    setting(),
  ),
  besidePlacement(
    "store.vs-merkle",
    "hybrid beside the tree alone, the path to the root hashed after each operation",
    {},
    "merkle",
  ),
  besidePlacement(
    "store.vs-merkle-sorted",
    "hybrid beside the tree alone, batches in the tree's order, paths shared",
    {},
    "merkle-sorted",
  ),
  besidePlacement(
    "store.vs-deferred.10m",
    "hybrid beside deferred memory alone, 10 M records, epochs of 1 s wherever they can be kept",
    TEN_MILLION,
    "deferred",
  ),
  storeBench(
    "store.vs-deferred.10m.shortest",
    "hybrid at epochs of 1 s beside deferred memory alone at the shortest epochs that it keeps",
    setting(TEN_MILLION),
    setting({ ...TEN_MILLION, placement: "deferred", lengthens: true }),
  ),
  besidePlacement(
    "store.certify-latency.1m.1s",
    "from the close of an epoch to its certificate, beside deferred memory alone",
    {},
    "deferred",
    LATENCY,
  ),
  ...BYTES_BENCHES,
];
