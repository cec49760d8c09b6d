// SPDX-License-Identifier: Apache-2.0
import { KV_FUNCTIONS } from "@zeta/protocol/kv";
import { RECORDS_DEFAULT } from "@zeta/store/limits";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ServedInstance } from "./served-instance.ts";

/** What the service counts, in a registry of its own: two services in one process do not mix. */
export interface Metrics {
  readonly registry: Registry;
  readonly logBytes: Counter;
  readonly violations: Counter;
  readonly certification: Histogram;
  readonly http: Histogram<"method" | "route" | "status">;
  /** Adds calls that ran, by function number. */
  countOperations(counts: readonly number[]): void;
  /** The text for a scrape; gauges are read from the instance that serves now. */
  text(instance: ServedInstance): Promise<string>;
}

/** Seconds; from a fast in-memory epoch to the minute after which something is wrong. */
const CERTIFICATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HTTP_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export interface MetricsOptions {
  /** Metrics of the process as well: memory, event loop, garbage collection. */
  readonly process: boolean;
  /** Names of the operations by function number. Default: those of the key-value service. */
  readonly operations?: readonly string[];
  /** Most records of all threads together; default: one thread's default. */
  readonly recordsMax?: number;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const names = options.operations ?? KV_FUNCTIONS;
  const registers = [registry];
  const operations = new Counter({
    name: "zeta_operations_total",
    help: "Calls executed",
    labelNames: ["operation"] as const,
    registers,
  });
  // A counter that appears with its first call would hide that call from `rate()`.
  for (const operation of names) operations.inc({ operation }, 0);
  const gauges = createGauges(registry);
  new Gauge({
    name: "zeta_records_max",
    help: "Records that there is room for, absent ones that were asked for included; one more is answered store_full",
    registers,
  }).set(options.recordsMax ?? RECORDS_DEFAULT);
  if (options.process) collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...createOthers(registry),
    countOperations(counts) {
      for (const [number, operation] of names.entries()) {
        const count = counts[number] ?? 0;
        if (count > 0) operations.inc({ operation }, count);
      }
    },
    async text(instance) {
      await gauges.read(instance);
      return registry.metrics();
    },
  };
}

function createOthers(
  registry: Registry,
): Pick<Metrics, "logBytes" | "violations" | "certification" | "http"> {
  const registers = [registry];
  return {
    logBytes: new Counter({
      name: "zeta_log_bytes_total",
      help: "Log bytes verified by the monitor",
      registers,
    }),
    violations: new Counter({
      name: "zeta_violations_total",
      help: "Violation statements signed by the monitor against this service",
      registers,
    }),
    certification: new Histogram({
      name: "zeta_certification_seconds",
      help: "Time from the close of an epoch to its certificate",
      buckets: CERTIFICATION_BUCKETS,
      registers,
    }),
    http: new Histogram({
      name: "zeta_http_request_duration_seconds",
      help: "Time from a request to the end of its answer",
      labelNames: ["method", "route", "status"] as const,
      buckets: HTTP_BUCKETS,
      registers,
    }),
  };
}

function createGauges(registry: Registry): { read(instance: ServedInstance): Promise<void> } {
  const registers = [registry];
  const current = new Gauge({
    name: "zeta_epoch_current",
    help: "Epoch that calls run in now",
    registers,
  });
  const certified = new Gauge({
    name: "zeta_epoch_certified",
    help: "Newest certified epoch, -1 before the first",
    registers,
  });
  const records = new Gauge({
    name: "zeta_records",
    help: "Records by where they are: hot in slots, warm in deferred memory, cold in the Merkle tree",
    labelNames: ["place"] as const,
    registers,
  });
  const calls = new Gauge({
    name: "zeta_thread_calls",
    help: "Calls executed by each monitor thread in this instance",
    labelNames: ["thread"] as const,
    registers,
  });
  return {
    async read(instance) {
      const threads = await instance.statistics();
      current.set(instance.epoch);
      certified.set(instance.certificates.latest ?? -1);
      for (const place of ["hot", "warm", "cold"] as const) {
        records.set(
          { place },
          threads.reduce((sum, statistics) => sum + statistics[place], 0),
        );
      }
      for (const [thread, statistics] of threads.entries()) {
        calls.set({ thread: String(thread) }, statistics.calls);
      }
    },
  };
}
