// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { CALL_SLOTS_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import type { FunctionTable } from "./function-table.ts";
import {
  RECORDS_DEFAULT,
  RECORDS_MAX,
  SLOTS_BESIDE_CALL,
  SLOTS_DEFAULT,
  VALUE_MEMORY_PER_RECORD,
} from "./limits.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import type { StoreShare } from "./wasm/share-out.ts";

export interface StoreOptions {
  /** This worker's monitor thread; 0 holds the root. */
  readonly thread: number;
  /** Monitor threads of the instance, each with a worker of its own. */
  readonly threads: number;
  /** The keys of this worker, if there are several (`shareOut`). */
  readonly share?: StoreShare;
  /** Slots of the monitor thread; must equal the enclave's. Default {@link SLOTS_DEFAULT}. */
  readonly slots?: number;
  /**
   * The monitor thread's memory for values, in bytes; must equal the enclave's. The values in slots
   * never exceed it.
   */
  readonly valueMemoryBytes: number;
  /** The service. Default: the built-in key-value service, which runs in batches. */
  readonly functions?: FunctionTable;
  /** Where records go that leave their slots. Default: warm while used lately ({@link Warmth}). */
  readonly policy?: PlacementPolicy;
  /** Most records. Costs address space, of which values get the rest. Default {@link RECORDS_DEFAULT}. */
  readonly recordsMax?: number;
  /** The counter at which a new epoch is forced. Default {@link EPOCH_COUNTER_MAX}. */
  readonly epochCounterMax?: number;
  /** The epoch in which a store begins that has all keys, or starts at rest: that of its monitor, up to EPOCH_MAX. Default 0. */
  readonly firstEpoch?: number;
  /**
   * Of several workers: the whole tree is at rest at the start, empty or restored, and {@link StoreWorker.adopt} comes before the first call.
   * Default: thread 0 has handed out an empty tree (`shareOut`).
   */
  readonly startsAtRest?: boolean;
}

/** Each call of the key-value service but a transaction, which may be refused, touches one. */
function recordsReserved(functions: FunctionTable | undefined): number {
  return functions === undefined ? 1 : (functions.recordsReserved ?? functions.recordsPerCallMax);
}

/** @throws ZetaError `store_options` with the first option that no store can work with. */
export function checkStoreOptions(options: StoreOptions): void {
  const { thread, threads, share } = options;
  if (!Number.isInteger(thread) || thread < 0 || thread >= threads) {
    throw refused(`expected a thread below ${threads}, got ${thread}`);
  }
  if (threads > 1 !== (share !== undefined) || (share?.thread ?? thread) !== thread) {
    throw refused(`expected the share of thread ${thread} of ${threads}, got another or none`);
  }
  checkFirstEpoch(options);
  checkSizes(options);
}

function checkFirstEpoch({ threads, firstEpoch = 0, startsAtRest = false }: StoreOptions): void {
  // An empty tree is handed out to the workers in epoch 0.
  const most = threads === 1 || startsAtRest ? EPOCH_MAX : 0;
  if (!Number.isInteger(firstEpoch) || firstEpoch < 0 || firstEpoch > most) {
    throw refused(`expected a first epoch 0..${most}, got ${firstEpoch}`);
  }
}

function checkSizes(options: StoreOptions): void {
  const { share, functions, valueMemoryBytes } = options;
  const { slots = SLOTS_DEFAULT, recordsMax = RECORDS_DEFAULT } = options;
  const recordsPerCall = recordsReserved(functions);
  assert(
    recordsPerCall >= 1 && recordsPerCall <= CALL_SLOTS_MAX,
    `1..${CALL_SLOTS_MAX} records per call`,
  );
  // The nodes of its groups stay in slots.
  const slotsMin = recordsPerCall + SLOTS_BESIDE_CALL + (share?.groups.length ?? 0);
  if (!Number.isInteger(slots) || slots < slotsMin || slots > SLOTS_MAX) {
    throw refused(`slots: expected a whole number from ${slotsMin} to ${SLOTS_MAX}, got ${slots}`);
  }
  const bytesMin = recordsPerCall * VALUE_MEMORY_PER_RECORD;
  if (!(valueMemoryBytes >= bytesMin)) {
    throw refused(`expected at least ${bytesMin} bytes of value memory, got ${valueMemoryBytes}`);
  }
  if (!Number.isInteger(recordsMax) || recordsMax < 1 || recordsMax > RECORDS_MAX) {
    throw refused(
      `recordsMax: expected a whole number from 1 to ${RECORDS_MAX}, got ${recordsMax}`,
    );
  }
}

function refused(message: string): ZetaError {
  return new ZetaError("store_options", message);
}
