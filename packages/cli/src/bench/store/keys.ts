// SPDX-License-Identifier: Apache-2.0
/**
 * Keys of the benchmark's records: 64 bits that look random, so that paths in the tree differ early and workers own equally many. Record i has
 * the low half mix(i) and the high half mix(i ^ FLIP); mix is one-to-one, so keys differ, and can be undone, so records can be had in the order
 * of their keys.
 */
const FLIP = 0x5bd1e995;

/** The finalizer of MurmurHash3 (32 bits). */
export function mix(number: number): number {
  let h = number ^ (number >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function lowHalf(record: number): number {
  return mix(record);
}

export function highHalf(record: number): number {
  return mix(record ^ FLIP);
}

/** Undoes {@link mix}: the multipliers are the inverses modulo 2^32. */
export function unmix(mixed: number): number {
  let h = mixed ^ (mixed >>> 16);
  h = Math.imul(h, 0x7ed1b41d);
  h ^= h >>> 13;
  h ^= h >>> 26;
  h = Math.imul(h, 0xa5cb9243);
  return (h ^ (h >>> 16)) >>> 0;
}

export function reverseBits(word: number): number {
  let bits = word;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return ((bits >>> 16) | (bits << 16)) >>> 0;
}

/** Records 0..count-1 as the tree has them from left to right: paths begin with a key's lowest bit. */
export function inTreeOrder(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, record) => reverseBits(lowHalf(record)));
  order.sort();
  return order.map((path) => unmix(reverseBits(path)));
}
