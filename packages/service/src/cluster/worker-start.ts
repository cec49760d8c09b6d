// SPDX-License-Identifier: Apache-2.0
import type { WorkerSeed } from "@zeta/monitor/worker-monitor";
import type { Kv64Placement, Kv64Statistics, WarmthPolicy } from "@zeta/store/wasm/kv64-store";
import type { StoreShare } from "@zeta/store/wasm/share-out";
import type { CompiledStore } from "@zeta/store/wasm/webassembly";

/** What a worker is started with. */
export interface WorkerStart {
  /** Null: there is no monitor (placement `unverified`). */
  readonly monitor: WorkerSeed | null;
  readonly ring: SharedArrayBuffer;
  readonly storeModule: CompiledStore;
  readonly slots: number;
  readonly recordsMax: number;
  readonly placement: Kv64Placement;
  readonly warmth: WarmthPolicy;
  /** Milliseconds that a close may take, or fewer records stay warm; null: as long as it takes. */
  readonly closeMsMost: number | null;
  /** Deferred elements looked at between two looks at the clock while an epoch is closed. */
  readonly closeBudget: number;
  readonly epochCounterMax: number | null;
  /** Undefined if this is the only worker. */
  readonly share: StoreShare | undefined;
  /** Logged before anything else. */
  readonly prologue: Uint8Array;
}

export interface WorkerStatistics extends Kv64Statistics {
  readonly records: number;
  /** CPU time of the worker's thread is not to be had; this is the wall time that it spent in store and monitor, in milliseconds. */
  readonly busyMs: number;
}

/** What a worker says. */
export type WorkerReport =
  /** Places are answered: how many, and in which epoch the store is, stands in the ring. */
  | { readonly kind: "answered" }
  | { readonly kind: "statistics"; readonly statistics: WorkerStatistics }
  /** The monitor refused the log: this worker does nothing more. */
  | { readonly kind: "refused"; readonly check: string };
