// SPDX-License-Identifier: Apache-2.0
/**
 * Compile-time choices and limits. The limits repeat packages/protocol/src/limits.ts; a test holds the two against each other.
 */

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
 * Log bytes that one operation may take: a path of 64 nodes, twice (a cold node, then a new record below it), where making room for each
 * takes at most a renewal (197 bytes) besides the AddM (176). Below this much room a batch pauses until the log was taken.
 */
export const OPERATION_LOG_BYTES: u32 = 65536;
