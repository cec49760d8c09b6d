// SPDX-License-Identifier: Apache-2.0
/** BLAKE2b-256, unkeyed (RFC 7693): the value hash and the key hash of profile `kv64`. */
import { clearBlock, copyBytes, copyDigest } from "./copy";
import { BLAKE2B_BLOCK, BLAKE2B_STATE } from "./layout";

const BLOCK_BYTES: u32 = 128;
/** First parameter word: digest length 32, key length 0, fan-out 1, depth 1. */
const PARAMETERS: u64 = 0x01010020;

const IV_0: u64 = 0x6a09e667f3bcc908;
const IV_1: u64 = 0xbb67ae8584caa73b;
const IV_2: u64 = 0x3c6ef372fe94f82b;
const IV_3: u64 = 0xa54ff53a5f1d36f1;
const IV_4: u64 = 0x510e527fade682d1;
const IV_5: u64 = 0x9b05688c2b3e6c1f;
const IV_6: u64 = 0x1f83d9abfb41bd6b;
const IV_7: u64 = 0x5be0cd19137e2179;

/** RFC 7693 §2.7, each number times 8 (offset of the message word); the twelve rounds use rows 0..9, 0, 1. */
const SCHEDULE: usize = memory.data<u8>([
  0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
  112, 80, 32, 64, 72, 120, 104, 48, 8, 96, 0, 16, 88, 56, 40, 24,
  88, 64, 96, 0, 40, 16, 120, 104, 80, 112, 24, 48, 56, 8, 72, 32,
  56, 72, 24, 8, 104, 96, 88, 112, 16, 48, 40, 80, 32, 0, 120, 64,
  72, 0, 40, 56, 16, 32, 80, 120, 112, 8, 88, 96, 48, 64, 24, 104,
  16, 96, 48, 80, 0, 88, 64, 24, 32, 104, 56, 40, 120, 112, 8, 72,
  96, 40, 8, 120, 112, 104, 32, 80, 0, 56, 48, 24, 72, 16, 64, 88,
  104, 88, 56, 112, 96, 8, 24, 72, 40, 0, 120, 32, 64, 48, 16, 80,
  48, 120, 112, 72, 88, 24, 0, 64, 96, 16, 104, 56, 8, 32, 80, 40,
  80, 16, 64, 32, 56, 48, 8, 40, 120, 88, 72, 112, 24, 96, 104, 0,
  0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
  112, 80, 32, 64, 72, 120, 104, 48, 8, 96, 0, 16, 88, 56, 40, 24,
]);

/** Message word number `i` of the round whose row of SCHEDULE stands at `row`. */
// @ts-ignore: decorator
@inline
function word(row: usize, i: usize): u64 {
  return load<u64>(BLAKE2B_BLOCK + <usize>load<u8>(row + i));
}

/** Compresses the block; `bytes` is the input's length so far, `last` marks its last block. */
function compress(bytes: u64, last: bool): void {
  let v0 = load<u64>(BLAKE2B_STATE, 0), v1 = load<u64>(BLAKE2B_STATE, 8);
  let v2 = load<u64>(BLAKE2B_STATE, 16), v3 = load<u64>(BLAKE2B_STATE, 24);
  let v4 = load<u64>(BLAKE2B_STATE, 32), v5 = load<u64>(BLAKE2B_STATE, 40);
  let v6 = load<u64>(BLAKE2B_STATE, 48), v7 = load<u64>(BLAKE2B_STATE, 56);
  let v8 = IV_0, v9 = IV_1, v10 = IV_2, v11 = IV_3;
  // Inputs are far below 2^64 bytes: the high word of the byte counter (v13) is zero.
  let v12 = IV_4 ^ bytes, v13 = IV_5, v14 = last ? ~IV_6 : IV_6, v15 = IV_7;
  for (let row = SCHEDULE, end = SCHEDULE + 12 * 16; row < end; row += 16) {
    v0 = v0 + v4 + word(row, 0); v12 = rotr<u64>(v12 ^ v0, 32);
    v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
    v0 = v0 + v4 + word(row, 1); v12 = rotr<u64>(v12 ^ v0, 16);
    v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
    v1 = v1 + v5 + word(row, 2); v13 = rotr<u64>(v13 ^ v1, 32);
    v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
    v1 = v1 + v5 + word(row, 3); v13 = rotr<u64>(v13 ^ v1, 16);
    v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
    v2 = v2 + v6 + word(row, 4); v14 = rotr<u64>(v14 ^ v2, 32);
    v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
    v2 = v2 + v6 + word(row, 5); v14 = rotr<u64>(v14 ^ v2, 16);
    v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
    v3 = v3 + v7 + word(row, 6); v15 = rotr<u64>(v15 ^ v3, 32);
    v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
    v3 = v3 + v7 + word(row, 7); v15 = rotr<u64>(v15 ^ v3, 16);
    v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
    v0 = v0 + v5 + word(row, 8); v15 = rotr<u64>(v15 ^ v0, 32);
    v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
    v0 = v0 + v5 + word(row, 9); v15 = rotr<u64>(v15 ^ v0, 16);
    v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
    v1 = v1 + v6 + word(row, 10); v12 = rotr<u64>(v12 ^ v1, 32);
    v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
    v1 = v1 + v6 + word(row, 11); v12 = rotr<u64>(v12 ^ v1, 16);
    v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
    v2 = v2 + v7 + word(row, 12); v13 = rotr<u64>(v13 ^ v2, 32);
    v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
    v2 = v2 + v7 + word(row, 13); v13 = rotr<u64>(v13 ^ v2, 16);
    v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
    v3 = v3 + v4 + word(row, 14); v14 = rotr<u64>(v14 ^ v3, 32);
    v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
    v3 = v3 + v4 + word(row, 15); v14 = rotr<u64>(v14 ^ v3, 16);
    v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  }
  mix(0, v0 ^ v8);
  mix(8, v1 ^ v9);
  mix(16, v2 ^ v10);
  mix(24, v3 ^ v11);
  mix(32, v4 ^ v12);
  mix(40, v5 ^ v13);
  mix(48, v6 ^ v14);
  mix(56, v7 ^ v15);
}

// @ts-ignore: decorator
@inline
function mix(offset: usize, word: u64): void {
  store<u64>(BLAKE2B_STATE + offset, load<u64>(BLAKE2B_STATE + offset) ^ word);
}

/** BLAKE2b-256 of `length` bytes at `input`; 32 bytes at `out`. */
export function blake2b(input: usize, length: u32, out: usize): void {
  store<u64>(BLAKE2B_STATE, IV_0 ^ PARAMETERS, 0);
  store<u64>(BLAKE2B_STATE, IV_1, 8);
  store<u64>(BLAKE2B_STATE, IV_2, 16);
  store<u64>(BLAKE2B_STATE, IV_3, 24);
  store<u64>(BLAKE2B_STATE, IV_4, 32);
  store<u64>(BLAKE2B_STATE, IV_5, 40);
  store<u64>(BLAKE2B_STATE, IV_6, 48);
  store<u64>(BLAKE2B_STATE, IV_7, 56);
  let done: u32 = 0;
  for (; length - done > BLOCK_BYTES; done += BLOCK_BYTES) {
    copyBytes(BLAKE2B_BLOCK, input + done, BLOCK_BYTES);
    compress(done + BLOCK_BYTES, false);
  }
  clearBlock(BLAKE2B_BLOCK);
  clearBlock(BLAKE2B_BLOCK + 64);
  copyBytes(BLAKE2B_BLOCK, input + done, length - done);
  compress(length, true);
  copyDigest(out, BLAKE2B_STATE);
}
