// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { assert } from "@zeta/protocol/error";
import { SLOTS_MAX, THREADS_MAX } from "@zeta/protocol/limits";
import { ENTRY_TYPES } from "@zeta/protocol/log-entry";
import {
  type AggregateEvent,
  type Aggregator,
  type AggregatorOptions,
  createAggregator,
} from "./aggregator.ts";
import type { FrameResult, MonitorThread, MonitorThreadOptions, StartPoint } from "./verdict.ts";

/** Makes a monitor thread: the WebAssembly one, or in tests the reference. */
export type ThreadFactory = (options: MonitorThreadOptions) => MonitorThread;

export interface MonitorInstanceOptions {
  readonly profile: "kv64" | "bytes";
  /** 1..THREADS_MAX. */
  readonly threads: number;
  /** Slots of each thread, 1..SLOTS_MAX. */
  readonly slots: number;
  readonly keyHash?: "identity" | "blake2b";
  /** 32 secret bytes. */
  readonly setHashKey: Uint8Array;
  readonly valueMemoryBytes?: number;
  /** Default: epoch 0 and a tree in which nothing is. */
  readonly start?: StartPoint;
  /** `bytes`: the service to run instead of the key-value service; its functions keep nothing, so all threads share it. */
  readonly service?: Program;
  readonly createThread: ThreadFactory;
  readonly report?: (event: AggregateEvent) => void;
  /** Another aggregator than ours, in tests. */
  readonly createAggregator?: (options: AggregatorOptions) => Aggregator;
}

/** All monitor threads of an instance and the aggregate they share. */
export interface MonitorInstance {
  readonly threads: readonly MonitorThread[];
  readonly maxCertifiedEpoch: number | null | "error";
  verifyLog(thread: number, frame: Uint8Array): FrameResult;
}

const VERIFY_EPOCH_TAG = ENTRY_TYPES.indexOf("VerifyEpoch");

export function createMonitorInstance(options: MonitorInstanceOptions): MonitorInstance {
  const { threads: count, slots, createThread, report, ...shared } = options;
  assert(count >= 1 && count <= THREADS_MAX, `1..${THREADS_MAX} threads, got ${count}`);
  assert(slots >= 1 && slots <= SLOTS_MAX, `1..${SLOTS_MAX} slots, got ${slots}`);
  const aggregator = (options.createAggregator ?? createAggregator)({
    profile: options.profile,
    threads: count,
    firstEpoch: options.start?.epoch ?? 0,
    ...(report && { report }),
  });
  const contribute = aggregator.contribute.bind(aggregator);
  const threads = Array.from({ length: count }, (_, id) =>
    createThread({ ...shared, id, threads: count, slots, contribute }),
  );
  return {
    threads,
    get maxCertifiedEpoch() {
      return aggregator.maxCertifiedEpoch;
    },
    verifyLog(number, frame) {
      const thread = threads[number];
      if (thread === undefined) return noSuchThread();
      const result = thread.verifyLog(frame);
      if (lostItsEpoch(result, frame)) aggregator.poison();
      return result;
    },
  };
}

/**
 * Did the thread fail at a VerifyEpoch because its own table has lost that epoch? Then the epoch
 * can never be certified and, as in the released monitor, the aggregate is unusable (A.poison). The
 * frame is the host's and may have changed meanwhile; all it could gain is that an aggregate that
 * certifies nothing more does not say "error".
 */
function lostItsEpoch(result: FrameResult, frame: Uint8Array): boolean {
  return result.check === "T.ring" && frame[result.pos] === VERIFY_EPOCH_TAG;
}

function noSuchThread(): FrameResult {
  const none = new Uint8Array(0);
  return {
    verdict: "bad_input",
    pos: 0,
    read: 0,
    wrote: 0,
    output: none,
    check: "L.thread",
    leaves: none,
  };
}
