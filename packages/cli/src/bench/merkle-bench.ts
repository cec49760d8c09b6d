// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createMonitorInstance, type ThreadFactory } from "@zeta/monitor/instance";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { assert } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";
import { seededRandom } from "../ycsb/random.ts";
import { type Bench, type BenchOptions, median } from "./row.ts";
import { createTreeStore, TREE_SLOTS, TREE_VALUE_BYTES, type TreeStore } from "./tree-stores.ts";

/** The reference would take an hour to load a million records; with fewer its paths are half as long, which flatters it. */
const REFERENCE_RECORDS = 1000;
const RUNS = 5;
const SEED = 1;
/** Calls between two looks at the log. */
const TURN = 4096;
const RUN_TURNS = { full: 50, quick: 10 } as const;

/** A store that keeps nothing outside the tree, its monitor, and the time the monitor takes. */
class MerkleOnly {
  readonly #store: TreeStore;
  readonly #instance;
  readonly #records: number;
  readonly #random = seededRandom(SEED);
  #milliseconds = 0;

  constructor(profile: Profile, records: number, createThread: ThreadFactory) {
    this.#records = records;
    this.#store = createTreeStore(profile, records);
    this.#instance = createMonitorInstance({
      profile,
      threads: 1,
      slots: TREE_SLOTS,
      ...(profile === "bytes" && { valueMemoryBytes: TREE_VALUE_BYTES }),
      keyHash: "identity",
      setHashKey: randomBytes(32),
      createThread,
    });
    for (let from = 0; from < records; from += TURN) {
      const count = Math.min(TURN, records - from);
      const write = (_: unknown, i: number) => ({ record: from + i, value: this.#random.u32() });
      this.#store.run(Array.from({ length: count }, write), this.#sink);
    }
  }

  readonly #sink = (frame: Uint8Array): void => {
    const start = performance.now();
    const { verdict, check } = this.#instance.verifyLog(0, frame);
    this.#milliseconds += performance.now() - start;
    assert(verdict === "success", `the honest log accepted, got ${verdict} (${check})`);
  };

  /** Operations that the monitor verifies in a second of its own time: half reads, half writes, uniform. */
  measure(turns: number): number {
    this.#milliseconds = 0;
    for (let turn = 0; turn < turns; turn++) {
      const calls = Array.from({ length: TURN }, () => ({
        record: this.#random.below(this.#records),
        value: this.#random.below(2) === 0 ? null : this.#random.u32(),
      }));
      this.#store.run(calls, this.#sink);
    }
    return (1000 * turns * TURN) / this.#milliseconds;
  }

  /** Closes the epoch: was it certified? */
  certify(): boolean {
    return this.#store.close(this.#sink) === this.#instance.maxCertifiedEpoch;
  }
}

/** Every operation brings its record and all nodes above it in, hash by hash, and takes them out again. */
function merkleBench(id: string, profile: Profile, records: number): Bench {
  return {
    id,
    title: `profile ${profile}: AddM of the whole path + RunApp + EvictM of the whole path per operation, ${records} records`,
    async run({ quick, say }: BenchOptions) {
      const reference = new MerkleOnly(profile, REFERENCE_RECORDS, createReferenceThread);
      const baselines = Array.from({ length: RUNS }, () => reference.measure(1));
      const baselineValue = median(baselines);
      say(`reference.ts with ${REFERENCE_RECORDS} records: ${Math.round(baselineValue)} op/s`);
      const module = loadMonitorModule(profile);
      const monitor = new MerkleOnly(profile, records, (thread) =>
        createWasmThread(module, thread),
      );
      say(`${records} records loaded`);
      const values: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        values.push(monitor.measure(quick ? RUN_TURNS.quick : RUN_TURNS.full));
        say(`run ${run + 1} of ${RUNS}: ${Math.round(values.at(-1) ?? 0)} op/s`);
      }
      const value = median(values);
      return {
        id,
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
}

export const MERKLE_BENCHES: readonly Bench[] = [
  merkleBench("monitor.kv64.merkle-1m", "kv64", 1_000_000),
  merkleBench("monitor.bytes.merkle-1m", "bytes", 1_000_000),
];
