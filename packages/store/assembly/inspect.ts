// SPDX-License-Identifier: Apache-2.0
/** The mirror of a slot as bytes, so that tests can hold it against the monitor's own slot. */
import { childAt, flagsOf, parentOf, sideAt, sideOf, slotOf } from "./element";
import { writeBaseKey, writeMerkleValue, writeValue } from "./encode";
import { isNode, LINKED, NO_SLOT, REQUESTS, SIDE_LINKED } from "./layout";
import { elementIn } from "./slots";

/**
 * Writes u16 left child ‖ u16 right child ‖ u16 parent (NO_SLOT: none; all little endian) ‖ u8 side of the parent ‖ u8 is linked ‖ base
 * key ‖ value; returns the length.
 */
export function describeSlot(slot: u32): u32 {
  const element = elementIn(slot);
  if (element == 0) return 0;
  const parent = parentOf(element);
  const linked = (flagsOf(element) & LINKED) != 0;
  store<u16>(REQUESTS, linkedChild(element, 0));
  store<u16>(REQUESTS, linkedChild(element, 1), 2);
  store<u16>(REQUESTS, linked ? slotOf(parent) : NO_SLOT, 4);
  store<u8>(REQUESTS, linked ? sideOf(element, parent) : 0, 6);
  store<u8>(REQUESTS, linked || parent == 0, 7);
  const at = writeBaseKey(REQUESTS + 8, element);
  const end = isNode(element) ? writeMerkleValue(at, element) : writeValue(at, element);
  return <u32>(end - REQUESTS);
}

function linkedChild(element: usize, side: u32): u32 {
  if (!isNode(element) || (sideAt(element, side) & SIDE_LINKED) == 0) return NO_SLOT;
  return slotOf(childAt(element, side));
}
