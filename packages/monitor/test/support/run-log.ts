// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import type { AggregateEvent } from "../../src/aggregator.ts";
import { createMonitorInstance, type MonitorInstance } from "../../src/instance.ts";
import type { EpochContribution, FrameResult } from "../../src/verdict.ts";
import type { TestLog } from "./honest-log.ts";
import type { Monitor } from "./monitors.ts";

export const TEST_KEY = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);

/** Everything that two monitors can be compared by. */
export interface Run {
  readonly instance: MonitorInstance;
  readonly results: readonly FrameResult[];
  readonly contributions: readonly EpochContribution[];
  readonly events: readonly AggregateEvent[];
  readonly max: number | null | "error";
}

export interface EncodedFrame {
  readonly thread: number;
  readonly bytes: Uint8Array;
}

export interface Shape extends Pick<TestLog, "profile" | "keyHash" | "threads" | "slots"> {
  readonly valueMemoryBytes?: number;
  /** Instead of the key-value service. */
  readonly service?: Program;
}

/** Feeds encoded frames to a fresh instance. */
export function runLog(monitor: Monitor, shape: Shape, frames: readonly EncodedFrame[]): Run {
  const contributions: EpochContribution[] = [];
  const events: AggregateEvent[] = [];
  const instance = createMonitorInstance({
    profile: shape.profile,
    threads: shape.threads,
    slots: shape.slots,
    keyHash: shape.keyHash,
    ...(shape.valueMemoryBytes !== undefined && { valueMemoryBytes: shape.valueMemoryBytes }),
    ...(shape.service !== undefined && { service: shape.service }),
    setHashKey: TEST_KEY,
    createAggregator: monitor.createAggregator,
    createThread: (options) =>
      monitor.createThread({
        ...options,
        contribute: (share) => {
          contributions.push(copyOf(share));
          return options.contribute(share);
        },
      }),
    report: (event) => events.push(event),
  });
  // Results may be views of memory that the next frame reuses.
  const results = frames.map(({ thread, bytes }) => {
    const result = instance.verifyLog(thread, bytes);
    return { ...result, leaves: result.leaves.slice(), output: result.output.slice() };
  });
  return { instance, results, contributions, events, max: instance.maxCertifiedEpoch };
}

function copyOf(share: EpochContribution): EpochContribution {
  const { add, evict, receiptsRoot } = share;
  return { ...share, add: add.slice(), evict: evict.slice(), receiptsRoot: receiptsRoot.slice() };
}
