// SPDX-License-Identifier: Apache-2.0
/** BLAKE2b-256, unkeyed (RFC 7693): the value hash and the key hash of profile `kv64`. */
import {
  BLOCK_BYTES,
  IV_0,
  IV_1,
  IV_2,
  IV_3,
  IV_4,
  IV_5,
  IV_6,
  IV_7,
  PARAMETERS,
} from "./blake2b-constants";
import { clearBlock, copyBytes, copyDigest } from "./copy";

/** Scratch memory, static like that of the whole room: one padded block, and the state of eight words. */
const PADDED: usize = memory.data(128);
const STATE: usize = memory.data(64);

/**
 * Compresses the 128 bytes at `block`; `bytes` is the input's length so far, `last` marks its last block. The twelve rounds of RFC 7693 §3.2 are written out:
 * looking up where each message word stands (§2.7) would take as long as mixing it in.
 */
function compress(block: usize, bytes: u64, last: bool): void {
  let v0 = load<u64>(STATE, 0), v1 = load<u64>(STATE, 8);
  let v2 = load<u64>(STATE, 16), v3 = load<u64>(STATE, 24);
  let v4 = load<u64>(STATE, 32), v5 = load<u64>(STATE, 40);
  let v6 = load<u64>(STATE, 48), v7 = load<u64>(STATE, 56);
  let v8 = IV_0, v9 = IV_1, v10 = IV_2, v11 = IV_3;
  // Inputs are far below 2^64 bytes: the high word of the byte counter (v13) is zero.
  let v12 = IV_4 ^ bytes, v13 = IV_5, v14 = last ? ~IV_6 : IV_6, v15 = IV_7;
  // round 1: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = v0 + v4 + load<u64>(block, 0); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 8); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 16); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 24); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 32); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 48); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 56); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 64); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 72); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 88); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 96); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 104); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 112); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 120); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 2: message words 14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3
  v0 = v0 + v4 + load<u64>(block, 112); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 32); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 64); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 72); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 120); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 104); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 48); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 8); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 96); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 0); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 16); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 88); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 56); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 24); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 3: message words 11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4
  v0 = v0 + v4 + load<u64>(block, 88); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 64); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 96); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 0); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 16); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 120); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 104); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 80); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 112); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 24); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 48); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 56); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 8); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 72); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 32); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 4: message words 7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8
  v0 = v0 + v4 + load<u64>(block, 56); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 72); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 24); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 8); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 104); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 96); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 88); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 112); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 16); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 48); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 40); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 32); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 0); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 120); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 64); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 5: message words 9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13
  v0 = v0 + v4 + load<u64>(block, 72); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 0); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 40); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 56); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 16); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 32); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 80); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 120); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 112); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 8); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 88); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 96); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 48); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 64); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 24); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 104); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 6: message words 2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9
  v0 = v0 + v4 + load<u64>(block, 16); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 96); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 48); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 80); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 0); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 88); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 64); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 24); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 32); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 104); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 56); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 40); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 120); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 112); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 8); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 72); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 7: message words 12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11
  v0 = v0 + v4 + load<u64>(block, 96); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 40); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 8); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 120); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 112); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 104); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 32); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 80); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 0); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 56); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 48); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 24); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 72); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 16); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 64); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 88); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 8: message words 13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10
  v0 = v0 + v4 + load<u64>(block, 104); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 88); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 56); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 112); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 96); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 8); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 24); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 72); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 40); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 0); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 120); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 32); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 64); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 48); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 16); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 80); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 9: message words 6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5
  v0 = v0 + v4 + load<u64>(block, 48); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 120); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 112); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 72); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 88); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 24); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 0); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 64); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 96); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 16); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 104); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 56); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 8); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 32); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 80); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 10: message words 10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0
  v0 = v0 + v4 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 16); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 64); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 32); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 56); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 48); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 8); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 40); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 120); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 88); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 72); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 112); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 24); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 96); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 104); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 0); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 11: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = v0 + v4 + load<u64>(block, 0); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 8); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 16); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 24); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 32); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 48); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 56); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 64); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 72); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 88); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 96); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 104); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 112); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 120); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
  // round 12: message words 14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3
  v0 = v0 + v4 + load<u64>(block, 112); v12 = rotr<u64>(v12 ^ v0, 32); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 24);
  v0 = v0 + v4 + load<u64>(block, 80); v12 = rotr<u64>(v12 ^ v0, 16); v8 = v8 + v12; v4 = rotr<u64>(v4 ^ v8, 63);
  v1 = v1 + v5 + load<u64>(block, 32); v13 = rotr<u64>(v13 ^ v1, 32); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 24);
  v1 = v1 + v5 + load<u64>(block, 64); v13 = rotr<u64>(v13 ^ v1, 16); v9 = v9 + v13; v5 = rotr<u64>(v5 ^ v9, 63);
  v2 = v2 + v6 + load<u64>(block, 72); v14 = rotr<u64>(v14 ^ v2, 32); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 24);
  v2 = v2 + v6 + load<u64>(block, 120); v14 = rotr<u64>(v14 ^ v2, 16); v10 = v10 + v14; v6 = rotr<u64>(v6 ^ v10, 63);
  v3 = v3 + v7 + load<u64>(block, 104); v15 = rotr<u64>(v15 ^ v3, 32); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 24);
  v3 = v3 + v7 + load<u64>(block, 48); v15 = rotr<u64>(v15 ^ v3, 16); v11 = v11 + v15; v7 = rotr<u64>(v7 ^ v11, 63);
  v0 = v0 + v5 + load<u64>(block, 8); v15 = rotr<u64>(v15 ^ v0, 32); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 24);
  v0 = v0 + v5 + load<u64>(block, 96); v15 = rotr<u64>(v15 ^ v0, 16); v10 = v10 + v15; v5 = rotr<u64>(v5 ^ v10, 63);
  v1 = v1 + v6 + load<u64>(block, 0); v12 = rotr<u64>(v12 ^ v1, 32); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 24);
  v1 = v1 + v6 + load<u64>(block, 16); v12 = rotr<u64>(v12 ^ v1, 16); v11 = v11 + v12; v6 = rotr<u64>(v6 ^ v11, 63);
  v2 = v2 + v7 + load<u64>(block, 88); v13 = rotr<u64>(v13 ^ v2, 32); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 24);
  v2 = v2 + v7 + load<u64>(block, 56); v13 = rotr<u64>(v13 ^ v2, 16); v8 = v8 + v13; v7 = rotr<u64>(v7 ^ v8, 63);
  v3 = v3 + v4 + load<u64>(block, 40); v14 = rotr<u64>(v14 ^ v3, 32); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 24);
  v3 = v3 + v4 + load<u64>(block, 24); v14 = rotr<u64>(v14 ^ v3, 16); v9 = v9 + v14; v4 = rotr<u64>(v4 ^ v9, 63);
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
  store<u64>(STATE + offset, load<u64>(STATE + offset) ^ word);
}

/** BLAKE2b-256 of `length` bytes at `input`; 32 bytes at `out`. */
export function blake2b(input: usize, length: u32, out: usize): void {
  store<u64>(STATE, IV_0 ^ PARAMETERS, 0);
  store<u64>(STATE, IV_1, 8);
  store<u64>(STATE, IV_2, 16);
  store<u64>(STATE, IV_3, 24);
  store<u64>(STATE, IV_4, 32);
  store<u64>(STATE, IV_5, 40);
  store<u64>(STATE, IV_6, 48);
  store<u64>(STATE, IV_7, 56);
  let done: u32 = 0;
  for (; length - done > BLOCK_BYTES; done += BLOCK_BYTES) {
    compress(input + done, done + BLOCK_BYTES, false);
  }
  clearBlock(PADDED);
  clearBlock(PADDED + 64);
  copyBytes(PADDED, input + done, length - done);
  compress(PADDED, length, true);
  copyDigest(out, STATE);
}
