// SPDX-License-Identifier: Apache-2.0
/** Every limit of the prover API's wire contract, with the reason for its size. */

/** Batch numbers are u32 on the wire since the first provers; the SQL column has room for more. */
export const BATCH_NUMBER_MAX = 0xffff_ffff;

/** Longest JSON body: a quote of 32 KiB in the integer-array form of old provers takes 4 bytes a byte. */
export const JSON_BODY_BYTES_MAX = 256 * 1024;

/** Longest quote; the Linux kernel hands out at most this. */
export const QUOTE_BYTES_MAX = 32_768;

/** Longest batch: it is held once in the memory of a gateway, whose TEE may have little. Servers may set less. */
export const BATCH_BYTES_MAX = 256 * 1024 * 1024;

/** Longest error text of a failure report: one screen for the operator, harmless in a table. */
export const ERROR_TEXT_MAX = 2000;

/** Longest time a claim may be held open for work, in seconds: below the idle limits of common proxies. */
export const WAIT_SECONDS_MAX = 30;

/** Proofs or jobs in one answer of the read side. */
export const PAGE_ROWS_MAX = 100;

/** Service names, as in every signed statement: 1..64 printable ASCII characters without space. */
export const SERVICE_ID_PATTERN = "^[!-~]{1,64}$";
