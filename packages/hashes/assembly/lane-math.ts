// SPDX-License-Identifier: Apache-2.0
/** What the functions that hash four inputs at once are made of: the steps of BLAKE3's G on four lanes, and transpositions. */

// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
export function rotr16(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return i8x16.shuffle(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

// @ts-ignore: decorator
@inline
export function rotr12(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return v128.or(i32x4.shr_u(x, 12), i32x4.shl(x, 20));
}

// @ts-ignore: decorator
@inline
export function rotr8(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  // A swizzle, because engines keep its constant in a register; the shuffle above becomes two instructions without one.
  return v128.swizzle(x, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
}

// @ts-ignore: decorator
@inline
export function rotr7(a: v128, b: v128): v128 {
  const x = v128.xor(a, b);
  return v128.or(i32x4.shr_u(x, 7), i32x4.shl(x, 25));
}

/** Words 0, 1 (low) or 2, 3 (high) of two rows, interleaved; then the halves of two such vectors: the steps of a 4x4 transposition. */
// @ts-ignore: decorator
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 4, 1, 5);
}

// @ts-ignore: decorator
@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 2, 6, 3, 7);
}

// @ts-ignore: decorator
@inline
export function joinLow(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
export function joinHigh(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 1, 3);
}

/** Eight vectors of one word of each lane to four digests of 32 bytes, one after the other. */
export function storeDigests(transposed: usize, out: usize): void {
  for (let half: usize = 0; half < 128; half += 64) {
    const a = v128.load(transposed + half);
    const b = v128.load(transposed + half, 16);
    const c = v128.load(transposed + half, 32);
    const d = v128.load(transposed + half, 48);
    const lowAB = interleaveLow(a, b), lowCD = interleaveLow(c, d);
    const highAB = interleaveHigh(a, b), highCD = interleaveHigh(c, d);
    const to = out + (half >> 2);
    v128.store(to, joinLow(lowAB, lowCD));
    v128.store(to, joinHigh(lowAB, lowCD), 32);
    v128.store(to, joinLow(highAB, highCD), 64);
    v128.store(to, joinHigh(highAB, highCD), 96);
  }
}
