// SPDX-License-Identifier: Apache-2.0
/** Constants of BLAKE2b-256 (RFC 7693 §2.2, §2.5, §2.6). */

export const BLOCK_BYTES: u32 = 128;

/** First parameter word: digest length 32, key length 0, fan-out 1, depth 1. */
export const PARAMETERS: u64 = 0x01010020;

export const IV_0: u64 = 0x6a09e667f3bcc908;
export const IV_1: u64 = 0xbb67ae8584caa73b;
export const IV_2: u64 = 0x3c6ef372fe94f82b;
export const IV_3: u64 = 0xa54ff53a5f1d36f1;
export const IV_4: u64 = 0x510e527fade682d1;
export const IV_5: u64 = 0x9b05688c2b3e6c1f;
export const IV_6: u64 = 0x1f83d9abfb41bd6b;
export const IV_7: u64 = 0x5be0cd19137e2179;
