// SPDX-License-Identifier: Apache-2.0

import type { MonitorModule } from "@zeta/monitor/wasm-module";
import { WorkerEnclave } from "@zeta/monitor/worker-enclave";
import { KV_FUNCTION_TABLE } from "@zeta/store/kv-functions";
import { shareOut } from "@zeta/store/wasm/share-out";
import type { AppService } from "../app-service.ts";
import type { Attest } from "../attest-enclave.ts";
import type { StartPoint } from "../durable/start-point.ts";
import type { CallObserver } from "../key-catalogue.ts";
import type { Metrics } from "../metrics.ts";
import { ThreadedEngine } from "./threaded-engine.ts";
import type { TreeAtRest } from "./threaded-instance.ts";

export interface ThreadsOptions {
  /** Workers, 2..WORKERS_MAX. */
  readonly threads: number;
  /** Of each monitor thread. */
  readonly slots: number;
  /** Of each monitor thread, in bytes. */
  readonly valueMemoryBytes: number;
  /** Of each worker; null: the store's default. */
  readonly recordsMax: number | null;
  readonly module: MonitorModule;
  readonly serviceId: string;
  /** Null: the key-value service. */
  readonly service: AppService | null;
  /** Null: a document with a simulated quote. */
  readonly attest: Attest | null;
  readonly epochMs: number | null;
  readonly metrics: Metrics;
  readonly onFault: (error: Error) => void;
  readonly observe?: CallObserver;
  /** Where the service goes on whose state is kept: the engine waits for its records. Null: in memory only. */
  readonly rest: (TreeAtRest & { readonly start: StartPoint | null }) | null;
}

/** Starts an enclave, has its key quoted, and starts its workers. */
export async function startThreads(options: ThreadsOptions): Promise<ThreadedEngine> {
  const { threads, slots, valueMemoryBytes, module, serviceId, service, attest } = options;
  const start = options.rest?.start ?? null;
  let engine: ThreadedEngine | null = null;
  const enclave = new WorkerEnclave({
    profile: "bytes",
    ...{ threads, slots, valueMemoryBytes, module, serviceId },
    ...(service !== null && { serviceCode: service.code }),
    ...(start !== null && { continues: start }),
    // Before there are workers there is nothing to sign.
    publish: (statement) => engine?.instance.hear(statement),
  });
  const { publicKey, measurement } = enclave.notary;
  const attestation = (await attest?.({ publicKey, measurement, serviceId })) ?? null;
  engine = new ThreadedEngine({
    ...options,
    ...{ enclave, attestation },
    plan: shareOut(threads, "bytes"),
    functions: service?.functions ?? KV_FUNCTION_TABLE,
  });
  return engine;
}
