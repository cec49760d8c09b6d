// SPDX-License-Identifier: Apache-2.0
/** Every limit of the wire formats, with the reason for its size. */

/** Longest application key. Long enough for any key people use, short enough for a URL path (most proxies stop at 8 KiB). */
export const KEY_BYTES_MAX = 4096;

/** Longest application value: 1 MiB. Values are copied into protected memory, so this bounds what one record can take there. */
export const VALUE_BYTES_MAX = 1 << 20;

/** Longest log frame. The frame buffer of a monitor thread has this size; it must hold the longest entry, so 4 longest values. */
export const FRAME_BYTES_MAX = 4 << 20;

/**
 * Longest argument of an application call: a mini-transaction over one record with the longest key and value, so that whatever can be put
 * can also be put on a condition. u8 count, u16 length and key, condition and digest, write, u32 length and value.
 */
export const ARGUMENT_BYTES_MAX = 1 + 2 + KEY_BYTES_MAX + 1 + 32 + 1 + 4 + VALUE_BYTES_MAX;

/**
 * Bytes of one argument, of one result, and of one record's value of a service in TypeScript. Sixteen values fit a megabyte of the monitor's
 * memory.
 */
export const SERVICE_CALL_BYTES_MAX = 65_536;

/** A slot number is a u16 and 0xffff means "none" in the monitor's tables. */
export const SLOTS_MAX = 65_535;

/** Monitor threads of one instance: bounded so that a certificate stays small (40 bytes a thread). */
export const THREADS_MAX = 256;

/**
 * Slots one application call may name: as many as the keys of most MULTIs. They are compared pairwise (R.distinct), some ten thousand times
 * at most, and a store that is to run such a call must have the slots.
 */
export const CALL_SLOTS_MAX = 128;

/** Records of one mini-transaction: all that a call can name. */
export const TRANSACT_RECORDS_MAX = CALL_SLOTS_MAX;

/** Fields of a hash in one record (docs/formats.md §7): whoever uses one of them reads them all. */
export const HASH_FIELDS_MAX = 4096;

/** Records one call of a service in TypeScript may touch: the monitor has a place for the longest key and value of each. */
export const SERVICE_CALL_SLOTS_MAX = 16;

/** Open epochs a monitor thread keeps accumulators for (the reference's table size). */
export const THREAD_EPOCHS_OPEN_MAX = 64;

/** Open epochs the aggregate keeps (the reference's table size): a thread that runs further ahead poisons it. */
export const AGGREGATE_EPOCHS_OPEN_MAX = 32;

/** Length of a request id, chosen at random by the client. */
export const REQUEST_ID_BYTES = 16;

/** Every digest here: BLAKE3-256, BLAKE2b-256, SHA-256. */
export const DIGEST_BYTES = 32;

/** Service ids are short ASCII names. */
export const SERVICE_ID_BYTES_MAX = 64;

/** Deepest receipt path: a tree of 2^40 leaves per thread and epoch. */
export const RECEIPT_PATH_MAX = 40;

/** Epochs in one sealed batch: more than a day of epochs of one second. */
export const BATCH_EPOCHS_MAX = 100_000;

/** Log of one sealed batch before compression: a verifier streams it, so this bounds its time, not its memory. */
export const BATCH_LOG_BYTES_MAX = 2 ** 30;
