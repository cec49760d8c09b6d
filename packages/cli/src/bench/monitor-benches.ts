// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { assert } from "@zeta/protocol/error";
import { Kv64Log, type Kv64Placement } from "./kv64-log.ts";
import { MERKLE_BENCHES } from "./merkle-bench.ts";
import { type Bench, type BenchOptions, median } from "./row.ts";

const RECORDS = 10_000;
const RUNS = 5;
const SEED = 1;
/** Short epochs first: the engine optimises the module during them, and the reference is measured on them. */
const WARM_UP_EPOCHS = 6;
const WARM_UP_OPERATIONS = 20_000;
const RUN_OPERATIONS = { full: 1_000_000, quick: 200_000 } as const;

/** An epoch of the log: operations, then its close. */
interface EpochFrames {
  readonly operations: number;
  readonly frames: readonly Uint8Array[];
}

/** Verified operations per second of wall time, the carrying over of the epoch's records included. */
function measure(instance: MonitorInstance, epoch: EpochFrames): number {
  const start = performance.now();
  for (const frame of epoch.frames) {
    const { verdict, check } = instance.verifyLog(0, frame);
    assert(verdict === "success", `the honest log accepted, got ${verdict} (${check})`);
  }
  return epoch.operations / ((performance.now() - start) / 1000);
}

function writeEpoch(log: Kv64Log, operations: number): EpochFrames {
  return { operations, frames: [...log.operations(operations), ...log.closeEpoch()] };
}

async function createInstances(slots: number): Promise<{
  readonly monitor: MonitorInstance;
  readonly reference: MonitorInstance;
}> {
  const module = await loadMonitorModule("kv64");
  const options = {
    profile: "kv64",
    threads: 1,
    slots,
    keyHash: "identity",
    setHashKey: randomBytes(32),
  } as const;
  return {
    monitor: createMonitorInstance({
      ...options,
      createThread: (thread) => createWasmThread(module, thread),
    }),
    reference: createMonitorInstance({
      ...options,
      createThread: (thread) => createReferenceThread(thread),
    }),
  };
}

function kv64Bench(id: string, title: string, placement: Kv64Placement): Bench {
  return {
    id,
    title,
    async run({ quick, say }: BenchOptions) {
      const { monitor, reference } = await createInstances(Kv64Log.slotsNeeded(RECORDS, placement));
      const log = new Kv64Log(RECORDS, placement, SEED);
      const setUp = { operations: RECORDS, frames: [...log.setUp(), ...log.closeEpoch()] };
      const warmUp = Array.from({ length: WARM_UP_EPOCHS }, () =>
        writeEpoch(log, WARM_UP_OPERATIONS),
      );
      const baseline = [setUp, ...warmUp].map((epoch) => measure(reference, epoch));
      // The set-up and the first epoch only warm the reference up.
      const baselineValue = median(baseline.slice(-RUNS));
      say(`reference.ts: ${Math.round(baselineValue)} op/s on the first ${WARM_UP_EPOCHS} epochs`);
      for (const epoch of [setUp, ...warmUp]) measure(monitor, epoch);
      const values: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const epoch = writeEpoch(log, quick ? RUN_OPERATIONS.quick : RUN_OPERATIONS.full);
        values.push(measure(monitor, epoch));
        say(`run ${run + 1} of ${RUNS}: ${Math.round(values.at(-1) ?? 0)} op/s`);
      }
      const value = median(values);
      return {
        id,
        value: Math.round(value),
        unit: "op/s",
        baseline: "reference.ts",
        baselineValue: Math.round(baselineValue),
        ratio: Math.round((100 * value) / baselineValue) / 100,
        runs: RUNS,
        certified:
          monitor.maxCertifiedEpoch === log.epoch - 1 &&
          reference.maxCertifiedEpoch === WARM_UP_EPOCHS,
      };
    },
  };
}

/** The rows of `zeta bench monitor`. */
export const MONITOR_BENCHES: readonly Bench[] = [
  kv64Bench(
    "monitor.kv64.hot",
    "AddB + RunApp + EvictB per operation, 10 000 records in deferred memory, warm epochs",
    "deferred",
  ),
  kv64Bench(
    "monitor.kv64.cached",
    "RunApp per operation, 10 000 records that stay in slots",
    "slots",
  ),
  ...MERKLE_BENCHES,
];
