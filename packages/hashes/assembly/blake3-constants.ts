// SPDX-License-Identifier: Apache-2.0
/** The constants of BLAKE3 (specification, tables 1 and 3). */
export const BLAKE3_IV_0: u32 = 0x6a09e667;
export const BLAKE3_IV_1: u32 = 0xbb67ae85;
export const BLAKE3_IV_2: u32 = 0x3c6ef372;
export const BLAKE3_IV_3: u32 = 0xa54ff53a;

/** The eight words of the IV in memory: the key of the unkeyed hash. */
export const BLAKE3_IV: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

export const BLOCK_BYTES: u32 = 64;
export const CHUNK_BYTES: u32 = 1024;

export const CHUNK_START: u32 = 1;
export const CHUNK_END: u32 = 2;
export const PARENT: u32 = 4;
export const ROOT: u32 = 8;
export const KEYED_HASH: u32 = 16;
export const DERIVE_KEY_CONTEXT: u32 = 32;
export const DERIVE_KEY_MATERIAL: u32 = 64;
