// SPDX-License-Identifier: Apache-2.0
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { COUNTER_MAX } from "@zeta/protocol/timestamp";

/**
 * The monitor keeps values in chained cells of this size; a value of n bytes takes ceil(n / 64) of
 * them.
 */
export const CELL_BYTES = 64;

export function cellsFor(value: Uint8Array | null): number {
  return value === null ? 0 : Math.ceil(value.length / CELL_BYTES);
}

/**
 * Slots when nothing else is said: a few megabytes of protected memory, and most of a skewed load.
 */
export const SLOTS_DEFAULT = 16_384;

/**
 * Slots that a store needs besides one per record of a call: the root, and the two nodes above a
 * record that is being inserted. With fewer, an insertion below a deep node could not be logged.
 */
export const SLOTS_BESIDE_CALL = 3;

/** Of a store of the key-value service that has all keys; others need more. */
export const SLOTS_MIN = 1 + SLOTS_BESIDE_CALL;

/** Value memory that a store needs per record of a call: the record must fit whatever its size. */
export const VALUE_MEMORY_PER_RECORD = VALUE_BYTES_MAX;

/**
 * Where a new epoch is forced: half of the counter's range, so that the migration of an epoch,
 * which counts up to one per deferred record, always fits into the rest.
 */
export const EPOCH_COUNTER_MAX = Math.floor(COUNTER_MAX / 2);

/**
 * Records of one store, absent ones that were asked for included. Each takes 64 bytes, the node above it 128 and the index up to 13; what is
 * left of 4 GiB is for values.
 */
export const RECORDS_DEFAULT = 2 ** 23;

/** As many as 4 GiB can hold, with nothing left for values. */
export const RECORDS_MAX = 20_000_000;

/** Log bytes after which a batch of calls pauses, so that the monitor can take them. */
export const BATCH_LOG_BYTES_MAX = 8 << 20;
