// SPDX-License-Identifier: Apache-2.0
/** Limits on what comes from outside, with the reason for each size. */

/**
 * Longest quote: the Linux kernel hands out at most 32 KiB, and the longest real ones are under 9
 * KiB.
 */
export const QUOTE_BYTES_MAX = 32_768;

/** Longest table of certificates beside a SEV-SNP report: the same limit of the kernel's. */
export const CERTIFICATE_TABLE_BYTES_MAX = 32_768;

/** Longest signed JSON of Intel's (TCB info, QE identity): real ones are under 16 KiB. */
export const SIGNED_JSON_BYTES_MAX = 262_144;

/** Longest collateral file: two signed JSONs, three chains, two revocation lists in hex. */
export const COLLATERAL_BYTES_MAX = 4 << 20;

/** Longest policy file: thousands of measurements fit. */
export const POLICY_BYTES_MAX = 1 << 20;
