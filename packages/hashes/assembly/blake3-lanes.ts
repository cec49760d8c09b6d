// SPDX-License-Identifier: Apache-2.0
/**
 * BLAKE3 on four inputs at once, at most one chunk each. Vectors are transposed: vector i holds word i of all four, so a round on
 * four inputs costs as many instructions as one on a single input. The rounds are those of blake3-compress.ts.
 */
import {
  BLAKE3_IV_0,
  BLAKE3_IV_1,
  BLAKE3_IV_2,
  BLAKE3_IV_3,
  BLOCK_BYTES,
  CHUNK_END,
  CHUNK_START,
} from "./blake3-constants";
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

/** The chaining values of the four lanes, transposed, and the four results of 32 bytes, one after the other. */
export const LANES: usize = memory.data(128);
export const LANES_OUT: usize = memory.data(128);

/**
 * One block of each lane, from the chaining values at `cvs` to those at LANES. `active` selects the lanes that still have a block;
 * the others keep their chaining value.
 */
function compressLanes(
  cvs: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  counters: v128,
  blockBytes: v128,
  flags: v128,
  active: v128,
): void {
  const r00 = v128.load(b0, 0), r01 = v128.load(b1, 0), r02 = v128.load(b2, 0), r03 = v128.load(b3, 0);
  const s00 = interleaveLow(r00, r01), s01 = interleaveLow(r02, r03);
  const s02 = interleaveHigh(r00, r01), s03 = interleaveHigh(r02, r03);
  const m0 = joinLow(s00, s01), m1 = joinHigh(s00, s01);
  const m2 = joinLow(s02, s03), m3 = joinHigh(s02, s03);
  const r10 = v128.load(b0, 16), r11 = v128.load(b1, 16), r12 = v128.load(b2, 16), r13 = v128.load(b3, 16);
  const s10 = interleaveLow(r10, r11), s11 = interleaveLow(r12, r13);
  const s12 = interleaveHigh(r10, r11), s13 = interleaveHigh(r12, r13);
  const m4 = joinLow(s10, s11), m5 = joinHigh(s10, s11);
  const m6 = joinLow(s12, s13), m7 = joinHigh(s12, s13);
  const r20 = v128.load(b0, 32), r21 = v128.load(b1, 32), r22 = v128.load(b2, 32), r23 = v128.load(b3, 32);
  const s20 = interleaveLow(r20, r21), s21 = interleaveLow(r22, r23);
  const s22 = interleaveHigh(r20, r21), s23 = interleaveHigh(r22, r23);
  const m8 = joinLow(s20, s21), m9 = joinHigh(s20, s21);
  const m10 = joinLow(s22, s23), m11 = joinHigh(s22, s23);
  const r30 = v128.load(b0, 48), r31 = v128.load(b1, 48), r32 = v128.load(b2, 48), r33 = v128.load(b3, 48);
  const s30 = interleaveLow(r30, r31), s31 = interleaveLow(r32, r33);
  const s32 = interleaveHigh(r30, r31), s33 = interleaveHigh(r32, r33);
  const m12 = joinLow(s30, s31), m13 = joinHigh(s30, s31);
  const m14 = joinLow(s32, s33), m15 = joinHigh(s32, s33);
  let v0 = v128.load(cvs, 0);
  let v1 = v128.load(cvs, 16);
  let v2 = v128.load(cvs, 32);
  let v3 = v128.load(cvs, 48);
  let v4 = v128.load(cvs, 64);
  let v5 = v128.load(cvs, 80);
  let v6 = v128.load(cvs, 96);
  let v7 = v128.load(cvs, 112);
  let v8 = i32x4.splat(BLAKE3_IV_0);
  let v9 = i32x4.splat(BLAKE3_IV_1);
  let v10 = i32x4.splat(BLAKE3_IV_2);
  let v11 = i32x4.splat(BLAKE3_IV_3);
  // Inputs are far below 2^32 chunks: the high words of the counters are zero.
  let v12 = counters;
  let v13 = i32x4.splat(0);
  let v14 = blockBytes;
  let v15 = flags;
  // round 1: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = add(add(v0, v4), m0); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m1); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m2); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m3); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m4); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m5); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m6); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m7); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m8); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m9); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m10); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m11); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m12); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m13); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m14); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m15); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 2: message words 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8
  v0 = add(add(v0, v4), m2); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m6); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m3); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m10); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m7); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m0); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m4); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m13); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m1); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m11); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m12); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m5); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m9); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m14); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m15); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m8); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 3: message words 3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1
  v0 = add(add(v0, v4), m3); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m4); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m10); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m12); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m13); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m2); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m14); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m6); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m5); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m9); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m0); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m11); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m15); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m8); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m1); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 4: message words 10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6
  v0 = add(add(v0, v4), m10); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m7); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m12); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m9); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m14); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m3); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m13); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m15); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m4); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m0); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m11); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m2); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m5); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m8); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m1); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m6); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 5: message words 12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4
  v0 = add(add(v0, v4), m12); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m13); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m9); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m11); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m15); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m10); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m14); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m8); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m7); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m2); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m5); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m3); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m0); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m1); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m6); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m4); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 6: message words 9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7
  v0 = add(add(v0, v4), m9); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m14); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m11); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m5); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m8); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m12); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m15); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m1); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m13); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m3); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m0); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m10); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m2); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m6); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m7); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  // round 7: message words 11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13
  v0 = add(add(v0, v4), m11); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr12(v4, v8);
  v0 = add(add(v0, v4), m15); v12 = rotr8(v12, v0); v8 = add(v8, v12); v4 = rotr7(v4, v8);
  v1 = add(add(v1, v5), m5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr12(v5, v9);
  v1 = add(add(v1, v5), m0); v13 = rotr8(v13, v1); v9 = add(v9, v13); v5 = rotr7(v5, v9);
  v2 = add(add(v2, v6), m1); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr12(v6, v10);
  v2 = add(add(v2, v6), m9); v14 = rotr8(v14, v2); v10 = add(v10, v14); v6 = rotr7(v6, v10);
  v3 = add(add(v3, v7), m8); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr12(v7, v11);
  v3 = add(add(v3, v7), m6); v15 = rotr8(v15, v3); v11 = add(v11, v15); v7 = rotr7(v7, v11);
  v0 = add(add(v0, v5), m14); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr12(v5, v10);
  v0 = add(add(v0, v5), m10); v15 = rotr8(v15, v0); v10 = add(v10, v15); v5 = rotr7(v5, v10);
  v1 = add(add(v1, v6), m2); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr12(v6, v11);
  v1 = add(add(v1, v6), m12); v12 = rotr8(v12, v1); v11 = add(v11, v12); v6 = rotr7(v6, v11);
  v2 = add(add(v2, v7), m3); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr12(v7, v8);
  v2 = add(add(v2, v7), m4); v13 = rotr8(v13, v2); v8 = add(v8, v13); v7 = rotr7(v7, v8);
  v3 = add(add(v3, v4), m7); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr12(v4, v9);
  v3 = add(add(v3, v4), m13); v14 = rotr8(v14, v3); v9 = add(v9, v14); v4 = rotr7(v4, v9);
  storeLane(v0, v8, cvs, active, 0);
  storeLane(v1, v9, cvs, active, 16);
  storeLane(v2, v10, cvs, active, 32);
  storeLane(v3, v11, cvs, active, 48);
  storeLane(v4, v12, cvs, active, 64);
  storeLane(v5, v13, cvs, active, 80);
  storeLane(v6, v14, cvs, active, 96);
  storeLane(v7, v15, cvs, active, 112);
}

// @ts-ignore: decorator
@inline
function storeLane(low: v128, high: v128, cvs: usize, active: v128, offset: usize): void {
  const old = v128.load(cvs + offset);
  v128.store(LANES + offset, v128.bitselect(v128.xor(low, high), old, active));
}

/** Puts the 32 bytes of a key into every lane, as {@link hashChunks} wants it. */
export function spreadKey(key: usize, out: usize): void {
  for (let i: usize = 0; i < 8; i++) v128.store(out + 16 * i, v128.load32_splat(key + 4 * i));
}

/**
 * Four chunks. Their lengths (0..1024) are the lanes of `lengths`; the last block of each must be padded with zeros in its buffer.
 * `key` is a key in every lane. `lastFlags` are added to the flags of each chunk's last block (ROOT if the chunk is a whole input). The four results stand at
 * LANES_OUT.
 */
export function hashChunks(
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  lengths: v128,
  counters: v128,
  key: usize,
  flags: u32,
  lastFlags: u32,
): void {
  const blockSize = i32x4.splat(BLOCK_BYTES);
  const ending = i32x4.splat(CHUNK_END | lastFlags);
  let rest = lengths; // bytes of each lane from this block on
  let active = i32x4.splat(-1); // an empty input has one empty block
  let cvs = key;
  let base = flags | CHUNK_START;
  for (let at: usize = 0; v128.any_true(active); at += BLOCK_BYTES) {
    const last = i32x4.le_s(rest, blockSize);
    const blockFlags = v128.or(i32x4.splat(base), v128.and(last, ending));
    const blockBytes = i32x4.max_s(i32x4.min_s(rest, blockSize), i32x4.splat(0));
    const a0 = b0 + at, a1 = b1 + at, a2 = b2 + at, a3 = b3 + at;
    compressLanes(cvs, a0, a1, a2, a3, counters, blockBytes, blockFlags, active);
    cvs = LANES;
    rest = i32x4.sub(rest, blockSize);
    active = i32x4.gt_s(rest, i32x4.splat(0));
    base = flags;
  }
  storeDigests(LANES, LANES_OUT);
}
