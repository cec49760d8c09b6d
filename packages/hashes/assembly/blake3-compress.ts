// SPDX-License-Identifier: Apache-2.0
/**
 * The BLAKE3 compression function on one block. The state is a matrix of four rows, each a vector, so one line below is half a step of G on
 * all four columns; for the diagonals the other rows are turned against b, which the next step waits for. The seven rounds are written out:
 * after each the message words are permuted by 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8, which is why their offsets change from round to round.
 */
import { BLAKE3_IV_0, BLAKE3_IV_1, BLAKE3_IV_2, BLAKE3_IV_3 } from "./blake3-constants";
import { add, rotr12, rotr16, rotr7, rotr8 } from "./lane-math";

/** Four message words, by their offsets. */
// @ts-ignore: decorator
@inline
function words(block: usize, i: usize, j: usize, k: usize, l: usize): v128 {
  const low = v128.load32_lane(block + j, v128.load32_zero(block + i), 1);
  return v128.load32_lane(block + l, v128.load32_lane(block + k, low, 2), 3);
}

/** The row turned to the left by one, two or three columns. */
// @ts-ignore: decorator
@inline
function left1(row: v128): v128 {
  return i32x4.shuffle(row, row, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function left2(row: v128): v128 {
  return i32x4.shuffle(row, row, 2, 3, 0, 1);
}

// @ts-ignore: decorator
@inline
function left3(row: v128): v128 {
  return i32x4.shuffle(row, row, 3, 0, 1, 2);
}

/**
 * Compresses 64 bytes at `block` under the chaining value at `cv` (eight u32) and stores the first eight output words at `out`, which
 * may be `cv` itself.
 */
export function compress(
  cv: usize,
  block: usize,
  counter: u32,
  blockBytes: u32,
  flags: u32,
  out: usize,
): void {
  let a = v128.load(cv);
  let b = v128.load(cv, 16);
  let c = i32x4(BLAKE3_IV_0, BLAKE3_IV_1, BLAKE3_IV_2, BLAKE3_IV_3);
  // Inputs are far below 2^32 chunks: the high word of the counter is zero.
  let d = i32x4.replace_lane(i32x4.splat(0), 0, counter);
  d = i32x4.replace_lane(i32x4.replace_lane(d, 2, blockBytes), 3, flags);
  // round 1: message words 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  a = add(add(a, words(block, 0, 8, 16, 24)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 4, 12, 20, 28)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 56, 32, 40, 48)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 60, 36, 44, 52)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 2: message words 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8
  a = add(add(a, words(block, 8, 12, 28, 16)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 24, 40, 0, 52)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 60, 4, 48, 36)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 32, 44, 20, 56)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 3: message words 3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1
  a = add(add(a, words(block, 12, 40, 52, 28)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 16, 48, 8, 56)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 32, 24, 36, 44)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 4, 20, 0, 60)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 4: message words 10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6
  a = add(add(a, words(block, 40, 48, 56, 52)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 28, 36, 12, 60)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 4, 16, 44, 20)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 24, 0, 8, 32)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 5: message words 12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4
  a = add(add(a, words(block, 48, 36, 60, 56)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 52, 44, 40, 32)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 24, 28, 20, 0)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 16, 8, 12, 4)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 6: message words 9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7
  a = add(add(a, words(block, 36, 44, 32, 60)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 56, 20, 48, 4)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 16, 52, 0, 8)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 28, 12, 40, 24)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  // round 7: message words 11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13
  a = add(add(a, words(block, 44, 20, 4, 32)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 60, 0, 36, 24)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left3(a); c = left1(c); d = left2(d);
  a = add(add(a, words(block, 28, 56, 8, 12)), b); d = rotr16(d, a); c = add(c, d); b = rotr12(b, c);
  a = add(add(a, words(block, 52, 40, 48, 16)), b); d = rotr8(d, a); c = add(c, d); b = rotr7(b, c);
  a = left1(a); c = left3(c); d = left2(d);
  v128.store(out, v128.xor(a, c));
  v128.store(out, v128.xor(b, d), 16);
}
