// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { type StoreCall, StoreWorker } from "@zeta/store/store-worker";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";

const RECORDS = 1_000_000;
const VALUE_BYTES = 100;
/** Calls at once, and records that cross from one store to the other at once. */
const BATCH = 10_000;
const RUNS = { full: 3, quick: 1 } as const;
const SHAPE = { thread: 0, threads: 1, slots: 16_384, valueMemoryBytes: 256 << 20 } as const;

interface Sample {
  /** Milliseconds until the restored store is at rest. */
  readonly restored: number;
  /** Until the one from which the records come is. */
  readonly made: number;
  readonly sameRoot: boolean;
}

/** Records that a store tells, given to a fresh one, which makes its tree over them; beside the calls that made them. No monitor takes part. */
export const RESTORE_BENCH: Bench = {
  id: "store.bytes.restore.1m",
  title: "profile bytes: 1 M records of 100 bytes restored from storage, tree and hashes",
  async run({ quick, say }: BenchOptions): Promise<BenchRow> {
    const samples: Sample[] = [];
    const runs = quick ? RUNS.quick : RUNS.full;
    for (let run = 1; run <= runs; run++) {
      const sample = measure();
      samples.push(sample);
      say(`run ${run} of ${runs}: ${Math.round(sample.restored)} ms; puts ${sample.made} ms`);
    }
    const value = median(samples.map(({ restored }) => restored));
    const baselineValue = median(samples.map(({ made }) => made));
    return {
      id: "store.bytes.restore.1m",
      value: Math.round(value),
      unit: "ms",
      baseline: "as many puts and a seal, without a monitor",
      baselineValue: Math.round(baselineValue),
      ratio: Math.round((100 * value) / baselineValue) / 100,
      runs,
      certified: samples.every(({ sameRoot }) => sameRoot),
    };
  },
};

function measure(): Sample {
  const source = new StoreWorker(SHAPE);
  const made = timeOf(() => fill(source));
  const target = new StoreWorker({ ...SHAPE, firstEpoch: source.epoch });
  let restored = 0;
  for (let some = source.takeChanges(BATCH); some.length > 0; some = source.takeChanges(BATCH)) {
    restored += timeOf(() => target.restore(some));
  }
  restored += timeOf(() => target.finishRestore());
  const sameRoot = equalBytes(source.rootValue, target.rootValue);
  return { restored, made: Math.round(made), sameRoot };
}

function timeOf(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Puts every record and seals; the log goes nowhere. */
function fill(store: StoreWorker): void {
  for (let from = 0; from < RECORDS; from += BATCH) {
    const calls = Array.from({ length: BATCH }, (_, i) => putOf(from + i));
    for (let ran = 0; ran < BATCH; ran += store.executeBatch(calls, ran).length) store.drain();
  }
  while (!store.seal(BATCH)) store.drain();
  store.drain();
}

function putOf(record: number): StoreCall {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setUint32(0, record);
  const value = new Uint8Array(VALUE_BYTES).fill(record);
  const argument = encodeKvArgument({ operation: "put", key, value });
  return { function: kvFunctionNumber("put"), argument, requestId: null };
}
