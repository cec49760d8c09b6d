// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { createMonitorInstance, type ThreadFactory } from "@zeta/monitor/instance";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { assert } from "@zeta/protocol/error";
import { BATCH_MAX, GET, Kv64Store, PUT } from "@zeta/store/wasm/kv64-store";
import { storeModule } from "@zeta/store/wasm/store-module";
import { seededRandom } from "../ycsb/random.ts";
import { type Bench, type BenchOptions, median } from "./row.ts";

const RECORDS = 1_000_000;
/** The reference would take an hour to load a million records; with fewer its paths are half as long, which flatters it. */
const REFERENCE_RECORDS = 1000;
const RUNS = 5;
const SEED = 1;
const SLOTS = 256;
const RUN_OPERATIONS = { full: 204_800, quick: 40_960 } as const;
const REFERENCE_OPERATIONS = 4096;

/** A store that keeps nothing outside the tree, its monitor, and the time the monitor takes. */
class MerkleOnly {
  readonly #store: Kv64Store;
  readonly #instance;
  readonly #records: number;
  readonly #random = seededRandom(SEED);
  #milliseconds = 0;

  constructor(records: number, createThread: ThreadFactory) {
    this.#records = records;
    this.#store = new Kv64Store({
      module: storeModule("kv64"),
      slots: SLOTS,
      recordsMax: records,
      placement: "merkle",
    });
    this.#instance = createMonitorInstance({
      profile: "kv64",
      threads: 1,
      slots: SLOTS,
      keyHash: "identity",
      setHashKey: randomBytes(32),
      createThread,
    });
    for (let next = 0; next < records; ) next += this.#load(next);
  }

  #load(from: number): number {
    const count = Math.min(BATCH_MAX, this.#records - from);
    for (let i = 0; i < count; i++) this.#set(i, from + i, PUT);
    this.#store.run(count, this.#sink);
    return count;
  }

  #set(at: number, key: number, kind: number): void {
    this.#store.batch.words[2 * at] = BigInt(key);
    this.#store.batch.words[2 * at + 1] = BigInt(this.#random.u32());
    this.#store.batch.kinds[at] = kind;
  }

  readonly #sink = (frame: Uint8Array): void => {
    const start = performance.now();
    const { verdict, check } = this.#instance.verifyLog(0, frame);
    this.#milliseconds += performance.now() - start;
    assert(verdict === "success", `the honest log accepted, got ${verdict} (${check})`);
  };

  /** Operations that the monitor verifies in a second of its own time: half reads, half writes, uniform. */
  measure(operations: number): number {
    this.#milliseconds = 0;
    for (let done = 0; done < operations; done += BATCH_MAX) {
      for (let i = 0; i < BATCH_MAX; i++) {
        this.#set(i, this.#random.below(this.#records), this.#random.below(2) === 0 ? GET : PUT);
      }
      this.#store.run(BATCH_MAX, this.#sink);
    }
    return (1000 * operations) / this.#milliseconds;
  }

  /** Closes the epoch: was it certified? */
  certify(): boolean {
    const epoch = this.#store.beginEpochClose();
    while (!this.#store.continueEpochClose(BATCH_MAX, this.#sink));
    return this.#instance.maxCertifiedEpoch === epoch;
  }
}

/** Every operation brings its record and all nodes above it in, hash by hash, and takes them out again. */
export const MERKLE_BENCH: Bench = {
  id: "monitor.kv64.merkle-1m",
  title: "AddM of the whole path + RunApp + EvictM of the whole path per operation, 1 M records",
  async run({ quick, say }: BenchOptions) {
    const reference = new MerkleOnly(REFERENCE_RECORDS, createReferenceThread);
    const baselines = Array.from({ length: RUNS }, () => reference.measure(REFERENCE_OPERATIONS));
    const baselineValue = median(baselines);
    say(`reference.ts with ${REFERENCE_RECORDS} records: ${Math.round(baselineValue)} op/s`);
    const module = await loadMonitorModule("kv64");
    const monitor = new MerkleOnly(RECORDS, (thread) => createWasmThread(module, thread));
    say(`${RECORDS} records loaded`);
    const values: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      values.push(monitor.measure(quick ? RUN_OPERATIONS.quick : RUN_OPERATIONS.full));
      say(`run ${run + 1} of ${RUNS}: ${Math.round(values.at(-1) ?? 0)} op/s`);
    }
    const value = median(values);
    return {
      id: this.id,
      value: Math.round(value),
      unit: "op/s",
      baseline: `reference.ts, ${REFERENCE_RECORDS} records`,
      baselineValue: Math.round(baselineValue),
      ratio: Math.round((100 * value) / baselineValue) / 100,
      runs: RUNS,
      certified: [monitor, reference].every((one) => one.certify()),
    };
  },
};
