// SPDX-License-Identifier: Apache-2.0
import type { AggregateEvent } from "@zeta/monitor/aggregator";
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import type { StartPoint } from "@zeta/monitor/verdict";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import type { FunctionTable } from "../../../monitor/reference/apps.ts";
import { createReferenceThread } from "../../../monitor/reference/thread.ts";

export type MonitorKind = "reference" | "wasm";

export interface MonitorSize {
  readonly slots: number;
  readonly valueMemoryBytes: number;
  /** Where it begins, if another one went before it. */
  readonly start?: StartPoint;
}

export interface Monitor {
  readonly instance: MonitorInstance;
  /** What the aggregate reported, in order. */
  readonly events: AggregateEvent[];
}

/** Secret only in production; here the same in every run. */
const SET_HASH_KEY = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);

const wasm = await loadMonitorModule("bytes");

/** A monitor of one thread. `functions` (reference only) stands for another service than kv. */
export function createMonitor(
  kind: MonitorKind,
  { slots, valueMemoryBytes, start }: MonitorSize,
  functions?: FunctionTable,
): Monitor {
  const events: AggregateEvent[] = [];
  const instance = createMonitorInstance({
    profile: "bytes",
    threads: 1,
    slots,
    valueMemoryBytes,
    ...(start !== undefined && { start }),
    setHashKey: SET_HASH_KEY,
    createThread: (options) =>
      kind === "wasm"
        ? createWasmThread(wasm, options)
        : createReferenceThread(options, functions === undefined ? {} : { functions }),
    report: (event) => events.push(event),
  });
  return { instance, events };
}
