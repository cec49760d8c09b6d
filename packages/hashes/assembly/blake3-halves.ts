// SPDX-License-Identifier: Apache-2.0
/**
 * Keyed BLAKE3 of four inputs of at most half a block each, as elements of deferred memory with small records are. One compression, in
 * which the eight message words of the second half are known to be zero: they need not be loaded, transposed, kept or added.
 */
import {
  BLAKE3_IV_0,
  BLAKE3_IV_1,
  BLAKE3_IV_2,
  BLAKE3_IV_3,
  CHUNK_END,
  CHUNK_START,
  KEYED_HASH,
  ROOT,
} from "./blake3-constants";
import { LANES, LANES_OUT } from "./blake3-lanes";
import {
  add,
  interleaveHigh,
  interleaveLow,
  joinHigh,
  joinLow,
  rotr12,
  rotr16,
  rotr7,
  rotr8,
  storeDigests,
} from "./lane-math";

/**
 * The inputs stand one after the other at `inputs`, each padded with zeros to half a block; their lengths are the lanes of `lengths`. `key` is a key
 * in every lane. The four digests stand at LANES_OUT.
 */
export function hashHalves(inputs: usize, lengths: v128, key: usize): void {
  const a0 = v128.load(inputs, 0), a1 = v128.load(inputs, 32);
  const a2 = v128.load(inputs, 64), a3 = v128.load(inputs, 96);
  const s0 = interleaveLow(a0, a1), s1 = interleaveLow(a2, a3);
  const s2 = interleaveHigh(a0, a1), s3 = interleaveHigh(a2, a3);
  const m0 = joinLow(s0, s1), m1 = joinHigh(s0, s1);
  const m2 = joinLow(s2, s3), m3 = joinHigh(s2, s3);
  const b0 = v128.load(inputs, 16), b1 = v128.load(inputs, 48);
  const b2 = v128.load(inputs, 80), b3 = v128.load(inputs, 112);
  const t0 = interleaveLow(b0, b1), t1 = interleaveLow(b2, b3);
  const t2 = interleaveHigh(b0, b1), t3 = interleaveHigh(b2, b3);
  const m4 = joinLow(t0, t1), m5 = joinHigh(t0, t1);
  const m6 = joinLow(t2, t3), m7 = joinHigh(t2, t3);
  let v0 = v128.load(key, 0);
  let v1 = v128.load(key, 16);
  let v2 = v128.load(key, 32);
  let v3 = v128.load(key, 48);
  let v4 = v128.load(key, 64);
  let v5 = v128.load(key, 80);
  let v6 = v128.load(key, 96);
  let v7 = v128.load(key, 112);
  let v8 = i32x4.splat(BLAKE3_IV_0);
  let v9 = i32x4.splat(BLAKE3_IV_1);
  let v10 = i32x4.splat(BLAKE3_IV_2);
  let v11 = i32x4.splat(BLAKE3_IV_3);
  let v12 = i32x4.splat(0);
  let v13 = i32x4.splat(0);
  let v14 = lengths;
  let v15 = i32x4.splat(KEYED_HASH | CHUNK_START | CHUNK_END | ROOT);
  // round 1: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = add(add(v0, v4), m0); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m1); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m2); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m3); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m4); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m5); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m6); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(v0, v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(v0, v5); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(v1, v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(v1, v6); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(v2, v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(v2, v7); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(v3, v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(v3, v4); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 2: message words 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8
  v0 = add(add(v0, v4), m2); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m6); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m3); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(v1, v5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m7); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m0); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m4); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(v3, v7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m1); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(v0, v5); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(v1, v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m5); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(v2, v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(v2, v7); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(v3, v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(v3, v4); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 3: message words 3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1
  v0 = add(add(v0, v4), m3); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m4); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(v1, v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(v1, v5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(v2, v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m2); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(v3, v7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m6); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m5); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(v1, v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m0); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(v2, v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(v2, v7); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(v3, v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m1); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 4: message words 10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6
  v0 = add(v0, v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m7); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(v1, v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(v1, v5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(v2, v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m3); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(v3, v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(v3, v7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m4); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m0); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(v1, v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m2); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m5); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(v2, v7); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m1); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m6); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 5: message words 12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4
  v0 = add(v0, v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(v0, v4); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(v1, v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(v1, v5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(v2, v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(v2, v6); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(v3, v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(v3, v7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m7); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m2); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m5); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m3); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m0); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m1); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m6); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m4); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 6: message words 9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7
  v0 = add(v0, v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(v0, v4); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(v1, v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(v2, v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(v2, v6); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(v3, v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m1); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(v0, v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m3); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m0); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(v1, v6); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m2); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m6); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m7); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 7: message words 11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13
  v0 = add(v0, v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(v0, v4); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m0); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m1); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(v2, v6); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(v3, v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m6); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(v0, v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(v0, v5); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m2); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(v1, v6); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m3); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m4); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m7); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(v3, v4); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  v128.store(LANES, v128.xor(v0, v8), 0);
  v128.store(LANES, v128.xor(v1, v9), 16);
  v128.store(LANES, v128.xor(v2, v10), 32);
  v128.store(LANES, v128.xor(v3, v11), 48);
  v128.store(LANES, v128.xor(v4, v12), 64);
  v128.store(LANES, v128.xor(v5, v13), 80);
  v128.store(LANES, v128.xor(v6, v14), 96);
  v128.store(LANES, v128.xor(v7, v15), 112);
  storeDigests(LANES, LANES_OUT);
}
