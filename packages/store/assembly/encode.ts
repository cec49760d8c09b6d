// SPDX-License-Identifier: Apache-2.0
/** Records and Merkle values as bytes of the log (docs/formats.md §1). Each function returns the address after what it wrote. */
import { copyBytes } from "@zeta/hashes/copy";
import { depthOf, flagsOf, hashAt, pathOf, sideAt } from "./element";
import {
  HIGH_LIMBS,
  isNode,
  KEY,
  PRESENT,
  SIDE_DEFERRED,
  SIDE_FLAGS,
  VALUE,
  VALUE_LENGTH,
} from "./layout";
import { BYTES } from "./profile";

const DATA_KEY_DEPTH: u32 = 256;

/** u256 W ‖ u16 depth. Keys of 64 bits are embedded: the other 192 are zero. */
export function writeBaseKey(at: usize, element: usize): usize {
  if (BYTES) {
    writeDigest(at, element);
    store<u16>(at, bswap<u16>(<u16>(isNode(element) ? depthOf(element) : DATA_KEY_DEPTH)), 32);
    return at + 34;
  }
  let bits = pathOf(element);
  let depth = DATA_KEY_DEPTH;
  if (isNode(element)) {
    depth = depthOf(element);
    bits ^= (<u64>1) << (<u64>depth);
  }
  const zero = i64x2.splat(0);
  v128.store(at, zero);
  v128.store(at, zero, 16);
  store<u64>(at, bswap<u64>(bits), 24);
  store<u16>(at, bswap<u16>(<u16>depth), 32);
  return at + 34;
}

/** W, most significant byte first: of a record the digest of its key. */
// @ts-ignore: decorator
@inline
export function writeDigest(at: usize, element: usize): void {
  store<u64>(at, bswap<u64>(load<u64>(element, HIGH_LIMBS + 16)));
  store<u64>(at, bswap<u64>(load<u64>(element, HIGH_LIMBS + 8)), 8);
  store<u64>(at, bswap<u64>(load<u64>(element, HIGH_LIMBS)), 16);
  store<u64>(at, bswap<u64>(load<u64>(element, KEY)), 24);
}

function writeDescriptor(at: usize, node: usize, side: u32): usize {
  const known = sideAt(node, side);
  const child = <usize>(known & ~SIDE_FLAGS);
  store<u8>(at, child != 0);
  if (child == 0) return at + 1;
  at = writeBaseKey(at + 1, child);
  const hash = hashAt(node, side);
  v128.store(at, v128.load(hash));
  v128.store(at, v128.load(hash, 16), 16);
  store<u8>(at, (known & SIDE_DEFERRED) != 0, 32);
  return at + 33;
}

export function writeMerkleValue(at: usize, node: usize): usize {
  return writeDescriptor(writeDescriptor(at, node, 0), node, 1);
}

/** The record of an element. */
export function writeRecord(at: usize, element: usize): usize {
  if (isNode(element)) {
    store<u8>(at, 0);
    return writeMerkleValue(writeBaseKey(at + 1, element), element);
  }
  const present = flagsOf(element) & PRESENT;
  store<u8>(at, 1);
  if (BYTES) {
    writeDigest(at + 1, element);
    return writeValue(at + 33, element);
  }
  store<u64>(at, bswap<u64>(pathOf(element)), 1);
  store<u8>(at, present != 0, 9);
  if (!present) return at + 10;
  store<u64>(at, bswap<u64>(load<u64>(element, VALUE)), 10);
  return at + 18;
}

/** `bytes`: u8 present, and if so u32 length and the value. */
export function writeValue(at: usize, record: usize): usize {
  const present = flagsOf(record) & PRESENT;
  store<u8>(at, present != 0);
  if (!present) return at + 1;
  const length = load<u32>(record, VALUE_LENGTH);
  store<u32>(at, bswap<u32>(length), 1);
  copyBytes(at + 5, <usize>load<u32>(record, VALUE) + 1, length);
  return at + 5 + length;
}
