// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { Storage } from "@zeta/storage/storage";
import { WORKERS_MAX } from "@zeta/store/wasm/share-out";
import type { Logger } from "pino";
import type { AppService } from "./app-service.ts";
import type { Attest } from "./attest-enclave.ts";
import type { BatchSink, SealedBatch } from "./batches/sealed-batch.ts";

export interface ServiceConfig {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 7070; 0 takes any free port. */
  readonly port?: number;
  /** Where the Redis protocol is spoken as well (resp/); default: nowhere. Of the key-value service only. */
  readonly resp?: { readonly host: string; readonly port: number };
  /**
   * Names under which the service answers over HTTP, beside `localhost` and addresses, as behind a proxy that keeps the Host. Default: none on a
   * loopback address, all on others. With a list nothing else is answered on any address.
   */
  readonly allowHosts?: readonly string[];
  /** Origins of web pages elsewhere that may ask and read, such as `https://app.example.org`; `*` for all. Default: none. */
  readonly allowOrigins?: readonly string[];
  /** Length of an epoch in milliseconds; default 1000. Null: epochs are closed by `engine.closeEpoch()` only. */
  readonly epochMs?: number | null;
  /** Monitor threads, each in a worker with a share of the keys; default 1, in this thread. More exclude attacks and sealed batches. */
  readonly threads?: number;
  /** Slots of each monitor thread: records kept in protected memory. */
  readonly slots?: number;
  /** Protected memory of each monitor thread for values, in bytes. */
  readonly valueMemoryBytes?: number;
  /** Most keys that the store of a thread knows, absent ones that were asked for included; one more is answered `store_full`. */
  readonly recordsMax?: number;
  /** 1..64 printable ASCII characters in every statement; default `kv`. */
  readonly serviceId?: string;
  /** The code of a service in TypeScript (`bundleService`), to run instead of the key-value service. */
  readonly serviceCode?: string;
  /** Let `POST /v1/attacks/{name}` make the service lie. */
  readonly allowAttacks?: boolean;
  /** Makes the document that vouches for the enclave's key; default: one with a simulated quote. Excludes `allowAttacks`. */
  readonly attest?: Attest;
  /** Default: a logger that writes warnings and errors to standard error. */
  readonly logger?: Logger;
  /**
   * Hears why no more calls are run, or why the last ones were not kept: a ZetaError `storage_failed` or `write_late`, else a broken assumption.
   * Default: it is logged.
   */
  readonly onFault?: (error: Error) => void;
  /** Seal the log into batches for provers elsewhere. Excludes `allowAttacks`, which serves from several instances. */
  readonly sealBatches?: SealBatches;
  /**
   * Opens what keeps records and journal, so that the service goes on where it was; default: in memory only. The service closes it. Excludes
   * `allowAttacks` and `sealBatches`.
   */
  readonly storage?: (serviceId: string) => Promise<Storage>;
  /** Ends a start that is under way: it rejects with the signal's reason, and leaves nothing open and the storage as it was. */
  readonly stop?: AbortSignal;
  /** Directory of a built web page (`apps/dashboard/dist`) to serve at `/`; default: none. */
  readonly page?: string;
  /** Report memory, event loop and garbage collection as well; default true. */
  readonly processMetrics?: boolean;
}

export interface SealBatches {
  /** Where the batches go. */
  readonly sink: BatchSink;
  /** Epochs of a batch; default BATCH_EPOCHS. */
  readonly epochs?: number;
  /** Log bytes after which a batch is sealed early; default BATCH_LOG_BYTES. */
  readonly logBytes?: number;
  readonly onSealed?: (batch: SealedBatch) => void;
}

/** With what every instance is made of; `service` null: the key-value service. */
export interface PartsConfig extends ServiceConfig {
  readonly serviceId: string;
  readonly service?: AppService | null;
}

/** What lies has no past to keep, and a batch ends where a checkpoint need not be. */
export function checkStorage({ allowAttacks, sealBatches }: ServiceConfig): void {
  if (allowAttacks === true) {
    throw new ZetaError("config_invalid", "expected data in memory with attacks allowed");
  }
  if (sealBatches !== undefined) {
    throw new ZetaError("config_invalid", "expected data in memory with sealed batches");
  }
}

export function checkThreads({ allowAttacks, sealBatches }: ServiceConfig, threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > WORKERS_MAX) {
    throw new ZetaError("config_invalid", `expected 1..${WORKERS_MAX} threads, got ${threads}`);
  }
  if (allowAttacks === true) {
    throw new ZetaError("config_invalid", `expected one thread with attacks, got ${threads}`);
  }
  if (sealBatches !== undefined) {
    // Another monitor can go on from one root only.
    throw new ZetaError("config_invalid", `expected one thread with batches, got ${threads}`);
  }
}

/** What only the key-value service can have. */
export function checkServiceCode({ allowAttacks, sealBatches, resp }: ServiceConfig): void {
  if (allowAttacks === true) {
    throw new ZetaError("config_invalid", "expected the key-value service with attacks allowed");
  }
  if (sealBatches !== undefined) {
    // Provers replay batches with the monitor's own functions.
    throw new ZetaError("config_invalid", "expected the key-value service with sealed batches");
  }
  if (resp !== undefined) {
    throw new ZetaError("config_invalid", "expected the key-value service with the Redis protocol");
  }
}
