// SPDX-License-Identifier: Apache-2.0
import { RESTORE_BENCH } from "./restore-bench.ts";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";
import { type BytesSetting, BytesSubject } from "./store/bytes-subject.ts";

const RUNS = { full: 5, quick: 3 } as const;
const WARM_UP_EPOCHS = 2;

/** Two settings in turns, in this thread. */
function bytesBench(
  id: string,
  title: string,
  own: BytesSetting,
  base: BytesSetting,
  baseline: string,
): Bench {
  return {
    id,
    title,
    async run({ quick, say }: BenchOptions): Promise<BenchRow> {
      const subjects = [new BytesSubject(own), new BytesSubject(base)] as const;
      for (let epoch = 0; epoch < WARM_UP_EPOCHS; epoch++) for (const one of subjects) one.sample();
      const runs = quick ? RUNS.quick : RUNS.full;
      const samples: [number, number][] = [];
      for (let run = 1; run <= runs; run++) {
        const [value, other] = [subjects[0].sample(), subjects[1].sample()];
        samples.push([value, other]);
        say(
          `run ${run} of ${runs}: ${Math.round(value)} op/s; ${baseline} ${Math.round(other)} op/s`,
        );
      }
      const value = median(samples.map(([first]) => first));
      const baselineValue = median(samples.map(([, second]) => second));
      return {
        id,
        value: Math.round(value),
        unit: "op/s",
        baseline,
        baselineValue: Math.round(baselineValue),
        ratio: Math.round((100 * value) / baselineValue) / 100,
        runs,
        certified: subjects.every((one) => one.finish()),
      };
    },
  };
}

const USUAL: BytesSetting = { records: 100_000, valueBytes: 8, epochMs: 1000, receipts: false };

/** Profile `bytes` in one thread: the only one with receipts, with values of any length, and with records that outlive the process. */
export const BYTES_BENCHES: readonly Bench[] = [
  bytesBench(
    "store.bytes.ycsb-a.100k.1s.receipts",
    "profile bytes, YCSB A, 100 k records, 8-byte values: a receipt leaf for every call",
    { ...USUAL, receipts: true },
    USUAL,
    "the same without receipts",
  ),
  bytesBench(
    "store.bytes.ycsb-a.100k.1s.1kb",
    "profile bytes, YCSB A, 100 k records: values of 1 KB",
    { ...USUAL, valueBytes: 1024 },
    USUAL,
    "the same with 8-byte values",
  ),
  RESTORE_BENCH,
];
