// SPDX-License-Identifier: Apache-2.0
/** Records and Merkle values as bytes of the log (docs/formats.md §1). Each function returns the address after what it wrote. */
import { depthOf, flagsOf, hashAt, pathOf, sideAt } from "./element";
import { isNode, PRESENT, SIDE_DEFERRED, SIDE_FLAGS, VALUE } from "./layout";

const DATA_KEY_DEPTH: u32 = 256;

/** u256 W ‖ u16 depth. Keys of 64 bits are embedded: the other 192 are zero. */
function writeBaseKey(at: usize, element: usize): usize {
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
  store<u64>(at, bswap<u64>(pathOf(element)), 1);
  store<u8>(at, present != 0, 9);
  if (!present) return at + 10;
  store<u64>(at, bswap<u64>(load<u64>(element, VALUE)), 10);
  return at + 18;
}
