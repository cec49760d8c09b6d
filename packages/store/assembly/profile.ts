// SPDX-License-Identifier: Apache-2.0
/**
 * Compile-time choices and limits. One source makes two modules: the compiler option `--use PROFILE_BYTES=0|1` decides, and code of the
 * other profile is not even compiled. The limits repeat packages/protocol/src/limits.ts; a test holds the two against each other.
 */

/** Is this the module of profile `bytes`? PROFILE_BYTES is introduced by the compiler option. */
export const BYTES: bool = PROFILE_BYTES != 0;

export const KEY_BYTES_MAX: u32 = 4096;
export const VALUE_BYTES_MAX: u32 = 1048576;
export const ARGUMENT_BYTES_MAX: u32 = 1 + 2 + KEY_BYTES_MAX + 1 + 32 + 1 + 4 + VALUE_BYTES_MAX;
export const CALL_SLOTS_MAX: u32 = 128;
export const REQUEST_ID_BYTES: u32 = 16;
export const FRAME_BYTES_MAX: u32 = 4194304;
export const SLOTS_MAX: u32 = 65535;

/** Operations that cross the border to JavaScript at once. */
export const BATCH_MAX: u32 = 4096;

/** A position in the index holds 26 bits of record number and 6 bits of hash. */
export const RECORDS_MAX: u32 = (1 << 26) - 2;

/** Most elements that one round of an epoch's close puts in order; bounds its working memory. */
export const SWEEP_MAX: u32 = 1 << 18;

/** Root, a node, the fork below it, the record: an insertion below any node can be logged with these. */
export const SLOTS_MIN: u32 = 4;

/** Low bits of a key that can decide which worker owns it: 1024 groups. */
export const GROUP_BITS_MAX: u32 = 10;

/**
 * Log bytes that one operation may take; below this much room a batch pauses until the log was taken. `kv64`: a path of 64 nodes, twice (a
 * cold node, then a new record below it), where making room for each takes at most a renewal (197 bytes) besides the AddM (176). `bytes`: the
 * same for 128 records with paths of 256 nodes (24 MiB), the argument, and the records' values, {@link CALL_VALUE_BYTES_MAX} at most, twice
 * (an AddM, and an AddB when the record is detached from its path).
 */
export const OPERATION_LOG_BYTES: u32 = BYTES ? 60 << 20 : 65536;

/** Bytes of the values that the records of one call have before it, all together: sixteen of the longest. */
export const CALL_VALUE_BYTES_MAX: u32 = 16 << 20;

/** `kv64` hands out one frame at a time; `bytes` some frames, so that the longest operation fits behind what is there already. */
export const LOG_BYTES: u32 = BYTES ? 68 << 20 : FRAME_BYTES_MAX;

/** Calls that cross the border at once, with their results (`bytes`). A call, or a result, longer than an argument there is not. */
export const REQUESTS_BYTES: u32 = 4 << 20;
export const RESULTS_BYTES: u32 = 4 << 20;
