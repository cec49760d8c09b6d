// SPDX-License-Identifier: Apache-2.0
import { createReferenceAggregator } from "../../reference/aggregate.ts";
import type { RuleId } from "../../reference/rules.ts";
import { createReferenceThread } from "../../reference/thread.ts";
import { type Aggregator, type AggregatorOptions, createAggregator } from "../../src/aggregator.ts";
import type { ThreadFactory } from "../../src/instance.ts";
import { loadMonitorModule, type MonitorModule } from "../../src/wasm-module.ts";
import { createWasmThread } from "../../src/wasm-thread.ts";

export type MonitorName = "wasm" | "reference";

/** A complete monitor: threads and the aggregate that belongs to them. */
export interface Monitor {
  readonly createThread: ThreadFactory;
  readonly createAggregator: (options: AggregatorOptions) => Aggregator;
}

/** The reference monitor, without the rules given. */
export function referenceWithout(disabled: readonly RuleId[]): Monitor {
  return {
    createThread: (options) => createReferenceThread(options, { disabled }),
    createAggregator: (options) => createReferenceAggregator(options, disabled),
  };
}

const modules = new Map<string, MonitorModule>();

/** The compiled module of a profile: compiling takes longer than most logs. */
export function monitorModule(profile: "kv64" | "bytes"): MonitorModule {
  const known = modules.get(profile);
  if (known !== undefined) return known;
  const module = loadMonitorModule(profile);
  modules.set(profile, module);
  return module;
}

/** Both complete monitors. */
export const MONITORS: Readonly<Record<MonitorName, (profile: "kv64" | "bytes") => Monitor>> = {
  reference: () => referenceWithout([]),
  wasm: (profile) => {
    const module = monitorModule(profile);
    return { createThread: (options) => createWasmThread(module, options), createAggregator };
  },
};
