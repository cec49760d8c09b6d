// SPDX-License-Identifier: Apache-2.0
/**
 * BLAKE2b-256, unkeyed (RFC 7693), of two inputs of one length at once. Vectors are transposed: vector i holds word i of both, so a round on two
 * inputs costs as many instructions as one on a single input. The rounds are those of blake2b.ts.
 */
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
import { joinHigh, joinLow } from "./lane-math";

/** Scratch memory: the two states of eight words, transposed. */
const STATES: usize = memory.data(128);

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
function rotr32(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return i32x4.shuffle(x, x, 1, 0, 3, 2);
}

// Swizzles, because engines keep their constants in registers (lane-math.ts).
// @ts-ignore: decorator
@inline
function rotr24(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return v128.swizzle(x, i8x16(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10));
}

// @ts-ignore: decorator
@inline
function rotr16(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return v128.swizzle(x, i8x16(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9));
}

// @ts-ignore: decorator
@inline
function rotr63(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return v128.or(i64x2.shr_u(x, 63), i64x2.add(x, x));
}

/**
 * Compresses the 128 bytes at `a` and those at `b`; `bytes` is the inputs' length so far, `last` marks their last block. The message word
 * is added first: it is there before the other summand is.
 */
function compressPair(a: usize, b: usize, bytes: u64, last: bool): void {
  const a0 = v128.load(a, 0), b0 = v128.load(b, 0);
  const m0 = joinLow(a0, b0), m1 = joinHigh(a0, b0);
  const a1 = v128.load(a, 16), b1 = v128.load(b, 16);
  const m2 = joinLow(a1, b1), m3 = joinHigh(a1, b1);
  const a2 = v128.load(a, 32), b2 = v128.load(b, 32);
  const m4 = joinLow(a2, b2), m5 = joinHigh(a2, b2);
  const a3 = v128.load(a, 48), b3 = v128.load(b, 48);
  const m6 = joinLow(a3, b3), m7 = joinHigh(a3, b3);
  const a4 = v128.load(a, 64), b4 = v128.load(b, 64);
  const m8 = joinLow(a4, b4), m9 = joinHigh(a4, b4);
  const a5 = v128.load(a, 80), b5 = v128.load(b, 80);
  const m10 = joinLow(a5, b5), m11 = joinHigh(a5, b5);
  const a6 = v128.load(a, 96), b6 = v128.load(b, 96);
  const m12 = joinLow(a6, b6), m13 = joinHigh(a6, b6);
  const a7 = v128.load(a, 112), b7 = v128.load(b, 112);
  const m14 = joinLow(a7, b7), m15 = joinHigh(a7, b7);
  let v0 = v128.load(STATES, 0), v1 = v128.load(STATES, 16);
  let v2 = v128.load(STATES, 32), v3 = v128.load(STATES, 48);
  let v4 = v128.load(STATES, 64), v5 = v128.load(STATES, 80);
  let v6 = v128.load(STATES, 96), v7 = v128.load(STATES, 112);
  let v8 = i64x2.splat(IV_0), v9 = i64x2.splat(IV_1), v10 = i64x2.splat(IV_2), v11 = i64x2.splat(IV_3);
  // Inputs are far below 2^64 bytes: the high word of the byte counter (v13) is zero.
  let v12 = i64x2.splat(IV_4 ^ bytes), v13 = i64x2.splat(IV_5);
  let v14 = i64x2.splat(last ? ~IV_6 : IV_6), v15 = i64x2.splat(IV_7);
  // round 1: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = add(add(v0, m0), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m1), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m2), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m3), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m4), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m5), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m6), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m7), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m8), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m9), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m10), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m11), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m12), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m13), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m14), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m15), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 2: message words 14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3
  v0 = add(add(v0, m14), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m10), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m4), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m8), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m9), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m15), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m13), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m6), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m1), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m12), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m0), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m2), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m11), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m7), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m5), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m3), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 3: message words 11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4
  v0 = add(add(v0, m11), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m8), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m12), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m0), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m5), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m2), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m15), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m13), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m10), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m14), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m3), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m6), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m7), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m1), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m9), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m4), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 4: message words 7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8
  v0 = add(add(v0, m7), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m9), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m3), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m1), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m13), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m12), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m11), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m14), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m2), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m6), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m5), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m10), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m4), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m0), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m15), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m8), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 5: message words 9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13
  v0 = add(add(v0, m9), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m0), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m5), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m7), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m2), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m4), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m10), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m15), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m14), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m1), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m11), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m12), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m6), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m8), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m3), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m13), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 6: message words 2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9
  v0 = add(add(v0, m2), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m12), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m6), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m10), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m0), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m11), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m8), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m3), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m4), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m13), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m7), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m5), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m15), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m14), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m1), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m9), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 7: message words 12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11
  v0 = add(add(v0, m12), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m5), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m1), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m15), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m14), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m13), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m4), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m10), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m0), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m7), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m6), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m3), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m9), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m2), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m8), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m11), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 8: message words 13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10
  v0 = add(add(v0, m13), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m11), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m7), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m14), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m12), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m1), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m3), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m9), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m5), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m0), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m15), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m4), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m8), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m6), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m2), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m10), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 9: message words 6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5
  v0 = add(add(v0, m6), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m15), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m14), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m9), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m11), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m3), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m0), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m8), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m12), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m2), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m13), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m7), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m1), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m4), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m10), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m5), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 10: message words 10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0
  v0 = add(add(v0, m10), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m2), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m8), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m4), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m7), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m6), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m1), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m5), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m15), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m11), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m9), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m14), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m3), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m12), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m13), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m0), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 11: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  v0 = add(add(v0, m0), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m1), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m2), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m3), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m4), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m5), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m6), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m7), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m8), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m9), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m10), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m11), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m12), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m13), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m14), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m15), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  // round 12: message words 14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3
  v0 = add(add(v0, m14), v4); v12 = rotr32(v12, v0); v8 = add(v8, v12); v4 = rotr24(v4, v8);
  v0 = add(add(v0, m10), v4); v12 = rotr16(v12, v0); v8 = add(v8, v12); v4 = rotr63(v4, v8);
  v1 = add(add(v1, m4), v5); v13 = rotr32(v13, v1); v9 = add(v9, v13); v5 = rotr24(v5, v9);
  v1 = add(add(v1, m8), v5); v13 = rotr16(v13, v1); v9 = add(v9, v13); v5 = rotr63(v5, v9);
  v2 = add(add(v2, m9), v6); v14 = rotr32(v14, v2); v10 = add(v10, v14); v6 = rotr24(v6, v10);
  v2 = add(add(v2, m15), v6); v14 = rotr16(v14, v2); v10 = add(v10, v14); v6 = rotr63(v6, v10);
  v3 = add(add(v3, m13), v7); v15 = rotr32(v15, v3); v11 = add(v11, v15); v7 = rotr24(v7, v11);
  v3 = add(add(v3, m6), v7); v15 = rotr16(v15, v3); v11 = add(v11, v15); v7 = rotr63(v7, v11);
  v0 = add(add(v0, m1), v5); v15 = rotr32(v15, v0); v10 = add(v10, v15); v5 = rotr24(v5, v10);
  v0 = add(add(v0, m12), v5); v15 = rotr16(v15, v0); v10 = add(v10, v15); v5 = rotr63(v5, v10);
  v1 = add(add(v1, m0), v6); v12 = rotr32(v12, v1); v11 = add(v11, v12); v6 = rotr24(v6, v11);
  v1 = add(add(v1, m2), v6); v12 = rotr16(v12, v1); v11 = add(v11, v12); v6 = rotr63(v6, v11);
  v2 = add(add(v2, m11), v7); v13 = rotr32(v13, v2); v8 = add(v8, v13); v7 = rotr24(v7, v8);
  v2 = add(add(v2, m7), v7); v13 = rotr16(v13, v2); v8 = add(v8, v13); v7 = rotr63(v7, v8);
  v3 = add(add(v3, m5), v4); v14 = rotr32(v14, v3); v9 = add(v9, v14); v4 = rotr24(v4, v9);
  v3 = add(add(v3, m3), v4); v14 = rotr16(v14, v3); v9 = add(v9, v14); v4 = rotr63(v4, v9);
  mix(0, v128.xor(v0, v8));
  mix(16, v128.xor(v1, v9));
  mix(32, v128.xor(v2, v10));
  mix(48, v128.xor(v3, v11));
  mix(64, v128.xor(v4, v12));
  mix(80, v128.xor(v5, v13));
  mix(96, v128.xor(v6, v14));
  mix(112, v128.xor(v7, v15));
}

// @ts-ignore: decorator
@inline
function mix(offset: usize, words: v128): void {
  v128.store(STATES + offset, v128.xor(v128.load(STATES + offset), words));
}

/**
 * BLAKE2b-256 of `length` bytes, not none, at `a` and of as many at `b`, both padded with zeros to whole blocks; 32 bytes each at `outA` and
 * `outB`.
 */
export function blake2bPair(a: usize, b: usize, length: u32, outA: usize, outB: usize): void {
  v128.store(STATES, i64x2.splat(IV_0 ^ PARAMETERS));
  v128.store(STATES, i64x2.splat(IV_1), 16);
  v128.store(STATES, i64x2.splat(IV_2), 32);
  v128.store(STATES, i64x2.splat(IV_3), 48);
  v128.store(STATES, i64x2.splat(IV_4), 64);
  v128.store(STATES, i64x2.splat(IV_5), 80);
  v128.store(STATES, i64x2.splat(IV_6), 96);
  v128.store(STATES, i64x2.splat(IV_7), 112);
  let done: u32 = 0;
  for (; length - done > BLOCK_BYTES; done += BLOCK_BYTES) {
    compressPair(a + done, b + done, done + BLOCK_BYTES, false);
  }
  compressPair(a + done, b + done, length, true);
  for (let half: usize = 0; half < 32; half += 16) {
    const even = v128.load(STATES + 2 * half), odd = v128.load(STATES + 2 * half, 16);
    v128.store(outA + half, joinLow(even, odd));
    v128.store(outB + half, joinHigh(even, odd));
  }
}
