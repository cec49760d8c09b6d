// SPDX-License-Identifier: Apache-2.0
/**
 * Base keys: the questions that the checks ask (docs/formats.md §1). Arguments are key holders (layout.ts): the depth at KEY_DEPTH,
 * W as four u64 limbs at KEY_BITS, least significant first.
 */
import { KEY_BITS, KEY_DEPTH } from "./layout";

export const DATA_KEY_DEPTH: u32 = 256;

// @ts-ignore: decorator
@inline
export function depthOf(key: usize): u32 {
  return load<u16>(key, KEY_DEPTH);
}

/** The limb that holds bit `position`. */
// @ts-ignore: decorator
@inline
function limb(key: usize, position: u32): u64 {
  return load<u64>(key + ((position >> 6) << 3), KEY_BITS);
}

/** Bit `position` (0..255) of W: 0 left, 1 right below a node of that depth. */
// @ts-ignore: decorator
@inline
export function direction(key: usize, position: u32): u32 {
  return <u32>(limb(key, position) >> (position & 63)) & 1;
}

/** All 32 bytes reversed: between the log's big-endian u256 and the limbs, either way. */
// @ts-ignore: decorator
@inline
export function reverseBytes(to: usize, from: usize): void {
  const high = v128.load(from);
  const low = v128.load(from, 16);
  v128.store(to, i8x16.shuffle(low, low, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  v128.store(
    to,
    i8x16.shuffle(high, high, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    16,
  );
}

/** Depth and W. */
// @ts-ignore: decorator
@inline
export function copyKey(to: usize, from: usize): void {
  store<u16>(to, load<u16>(from, KEY_DEPTH), KEY_DEPTH);
  v128.store(to, v128.load(from, KEY_BITS), KEY_BITS);
  v128.store(to, v128.load(from, KEY_BITS + 16), KEY_BITS + 16);
}

// @ts-ignore: decorator
@inline
export function setRoot(key: usize): void {
  store<u16>(key, 0, KEY_DEPTH);
  v128.store(key, i64x2.splat(0), KEY_BITS);
  v128.store(key, i64x2.splat(0), KEY_BITS + 16);
}

/** Are all bits at positions >= depth zero (K.canon)? */
export function isCanonical(key: usize): bool {
  let position = depthOf(key);
  if (position > DATA_KEY_DEPTH) return false;
  if ((position & 63) != 0) {
    if (limb(key, position) >> (position & 63) != 0) return false;
    position = (position | 63) + 1;
  }
  for (; position < DATA_KEY_DEPTH; position += 64) if (limb(key, position) != 0) return false;
  return true;
}

/** k ⊏ a: a is shorter than k, and a prefix of it. */
export function isBelow(k: usize, a: usize): bool {
  const depth = depthOf(a);
  if (depthOf(k) <= depth) return false;
  let position: u32 = 0;
  for (; position + 64 <= depth; position += 64) {
    if (limb(k, position) != limb(a, position)) return false;
  }
  if (position == depth) return true;
  const mask: u64 = ((<u64>1) << (depth & 63)) - 1;
  return (limb(k, position) & mask) == limb(a, position);
}

export function sameKey(a: usize, b: usize): bool {
  if (depthOf(a) != depthOf(b)) return false;
  const low = v128.xor(v128.load(a, KEY_BITS), v128.load(b, KEY_BITS));
  const high = v128.xor(v128.load(a, KEY_BITS + 16), v128.load(b, KEY_BITS + 16));
  return !v128.any_true(v128.or(low, high));
}

/** a < b in the order that breaks ties of timestamps: depth first, then W. */
export function isSmaller(a: usize, b: usize): bool {
  const depthA = depthOf(a), depthB = depthOf(b);
  if (depthA != depthB) return depthA < depthB;
  for (let position: i32 = 192; position >= 0; position -= 64) {
    const x = limb(a, position), y = limb(b, position);
    if (x != y) return x < y;
  }
  return false;
}
