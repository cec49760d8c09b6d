// SPDX-License-Identifier: Apache-2.0
/** Questions about elements and small changes to them (layout.ts says what is where). */
import {
  bitmap,
  CHILDREN,
  DEPTH,
  FLAGS,
  GRAIN_LOG2,
  HASHES,
  HIGH_LIMBS,
  IN_DEFERRED,
  IN_SLOT,
  IN_TREE,
  isNode,
  KEY,
  NEVER,
  NO_SLOT,
  PARENT,
  RECORDS,
  SIDE_FLAGS,
  SIDE_LINKED,
  SLOT,
  TIME,
} from "./layout";
import { BYTES } from "./profile";

// @ts-ignore: decorator
@inline
export function flagsOf(element: usize): u32 {
  return load<u8>(element, FLAGS);
}

// @ts-ignore: decorator
@inline
export function setFlags(element: usize, flags: u32): void {
  store<u8>(element, flags, FLAGS);
}

// @ts-ignore: decorator
@inline
export function placeOf(element: usize): u32 {
  if (slotOf(element) != NO_SLOT) return IN_SLOT;
  return timeOf(element) == NEVER ? IN_TREE : IN_DEFERRED;
}

// @ts-ignore: decorator
@inline
export function slotOf(element: usize): u32 {
  return load<u16>(element, SLOT);
}

// @ts-ignore: decorator
@inline
export function setSlot(element: usize, slot: u32): void {
  store<u16>(element, slot, SLOT);
}

// @ts-ignore: decorator
@inline
export function parentOf(element: usize): usize {
  return <usize>load<u32>(element, PARENT);
}

// @ts-ignore: decorator
@inline
export function setParent(element: usize, parent: usize): void {
  store<u32>(element, <u32>parent, PARENT);
}

// @ts-ignore: decorator
@inline
export function timeOf(element: usize): u64 {
  return load<u64>(element, TIME);
}

// @ts-ignore: decorator
@inline
export function setTime(element: usize, time: u64): void {
  store<u64>(element, time, TIME);
}

/** Bits of the key, for a node with the leading one; `bytes`: the first 64. */
// @ts-ignore: decorator
@inline
export function pathOf(element: usize): u64 {
  return load<u64>(element, KEY);
}

/** Depth of a node: below 64 or 256, since two keys of that many bits differ before their end. */
// @ts-ignore: decorator
@inline
export function depthOf(node: usize): u32 {
  return BYTES ? <u32>load<u16>(node, DEPTH) : 63 - <u32>clz<u64>(pathOf(node));
}

/** On which side of a node above it is the element? */
// @ts-ignore: decorator
@inline
export function sideOf(element: usize, above: usize): u32 {
  const depth = depthOf(above);
  if (!BYTES) return <u32>(pathOf(element) >> <u64>depth) & 1;
  return <u32>(load<u64>(limbAt(element, depth >> 6)) >> <u64>(depth & 63)) & 1;
}

/** Is the node above the element, or would it be if the element were in the tree? */
export function leadsTo(node: usize, element: usize): bool {
  const depth = depthOf(node);
  if (BYTES && depth > 63) return firstDifference(node, element) >= depth;
  const mask = ((<u64>1) << (<u64>depth)) - 1;
  return ((pathOf(node) ^ pathOf(element)) & mask) == 0;
}

/** Where the paths of two elements part, neither of which is above the other; `bytes`: 256 if they do not. */
export function firstDifference(a: usize, b: usize): u32 {
  const first = pathOf(a) ^ pathOf(b);
  if (!BYTES || first != 0) return <u32>ctz<u64>(first);
  for (let i: u32 = 1; i < 4; i++) {
    const difference = load<u64>(limbAt(a, i)) ^ load<u64>(limbAt(b, i));
    if (difference != 0) return (i << 6) + <u32>ctz<u64>(difference);
  }
  return 256;
}

/** Gives a new node its name: the first `depth` bits of the element's path. */
export function setPath(node: usize, element: usize, depth: u32): void {
  if (!BYTES) {
    const bit = (<u64>1) << (<u64>depth);
    store<u64>(node, (pathOf(element) & (bit - 1)) | bit, KEY);
    return;
  }
  store<u16>(node, depth, DEPTH);
  for (let i: u32 = 0; i < 4 && i << 6 < depth; i++) {
    const rest = depth - (i << 6);
    const mask = rest < 64 ? ((<u64>1) << (<u64>rest)) - 1 : u64.MAX_VALUE;
    store<u64>(limbAt(node, i), load<u64>(limbAt(element, i)) & mask);
  }
}

/** `bytes`: address of 64 bits of the path. */
// @ts-ignore: decorator
@inline
export function limbAt(element: usize, i: u32): usize {
  return i == 0 ? element : element + HIGH_LIMBS - 8 + ((<usize>i) << 3);
}

/** Address of the child and its side flags. */
// @ts-ignore: decorator
@inline
export function sideAt(node: usize, side: u32): u32 {
  return load<u32>(node + ((<usize>side) << 2), CHILDREN);
}

// @ts-ignore: decorator
@inline
export function setSide(node: usize, side: u32, child: u32): void {
  store<u32>(node + ((<usize>side) << 2), child, CHILDREN);
}

// @ts-ignore: decorator
@inline
export function childAt(node: usize, side: u32): usize {
  return <usize>(sideAt(node, side) & ~SIDE_FLAGS);
}

// @ts-ignore: decorator
@inline
export function hashAt(node: usize, side: u32): usize {
  return node + HASHES + ((<usize>side) << 5);
}

/** Does another element in a slot hang under this one? */
// @ts-ignore: decorator
@inline
export function hasLinkedChild(element: usize): bool {
  if (!isNode(element)) return false;
  return ((load<u32>(element, CHILDREN) | load<u32>(element, CHILDREN + 4)) & SIDE_LINKED) != 0;
}

/** Notes in the bitmap that the element is in deferred memory, or no longer. */
// @ts-ignore: decorator
@inline
export function markDeferred(element: usize): void {
  const grain = (element - RECORDS) >> GRAIN_LOG2;
  const word = bitmap + ((grain >> 6) << 3);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (grain & 63)));
}

// @ts-ignore: decorator
@inline
export function unmarkDeferred(element: usize): void {
  const grain = (element - RECORDS) >> GRAIN_LOG2;
  const word = bitmap + ((grain >> 6) << 3);
  store<u64>(word, load<u64>(word) & ~((<u64>1) << (grain & 63)));
}
