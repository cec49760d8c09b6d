// SPDX-License-Identifier: Apache-2.0
/** Limits of what is kept, with the reason for each size. Those of keys and values are the protocol's. */

/** Longest manifest: a lineage of a thousand instances, whose quotes have up to 32 KiB and stand there in hex. */
export const MANIFEST_BYTES_MAX = 80 << 20;

/** Longest journal entry: a whole turn of the engine, whose calls may each have an argument of a megabyte. */
export const JOURNAL_ENTRY_BYTES_MAX = 16 << 20;

/**
 * A piece of records or names that is handed out at once ends when it has reached this size: the reader's memory is bounded by it and
 * one longest value, not by how much is kept.
 */
export const PIECE_BYTES = 1 << 20;

/** Records or names in a piece: small ones are dearer by their number than by their bytes. */
export const PIECE_RECORDS_MAX = 4096;

/** Longest page: as long as a piece, so that a reader's memory is bounded by the same size. */
export const PAGE_BYTES_MAX = 1 << 20;

/** Journal bytes written at once. More would make the first of them wait for the last. */
export const WRITE_BYTES_MAX = 4 << 20;

/** Journal entries written at once, for the same reason; a statement of Postgres takes 65 535 parameters at most. */
export const WRITE_ENTRIES_MAX = 4096;
