// SPDX-License-Identifier: Apache-2.0
/** The store: slots are filled from INCOMING and emptied; children and parents of entries say which records hang under which. */
import { setRoot } from "./base-key";
import {
  DESCRIPTORS_BYTES,
  descriptorOf,
  INCOMING,
  KIND_APPLICATION,
  KIND_EMPTY,
  KIND_INTERNAL,
  METHOD_M,
  NO_SLOT,
  SLOT_BYTES,
  SLOT_CHILDREN,
  SLOT_KIND,
  SLOT_METHOD,
  SLOT_PARENT,
  SLOT_PARENT_DIRECTION,
  SLOT_PRESENT,
  slotAt,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { BYTES } from "./profile";
import { slotCount } from "./state";
import { hasRoom, releaseValue, storeValue } from "./value-memory";

// @ts-ignore: decorator
@inline
export function isSlot(index: u32): bool {
  return index < slotCount;
}

// @ts-ignore: decorator
@inline
export function kindOf(slot: usize): u32 {
  return load<u8>(slot, SLOT_KIND);
}

/** Is `index` a slot that holds an entry? */
// @ts-ignore: decorator
@inline
export function isUsed(index: u32): bool {
  return isSlot(index) && kindOf(slotAt(index)) != KIND_EMPTY;
}

// @ts-ignore: decorator
@inline
export function methodOf(slot: usize): u32 {
  return load<u8>(slot, SLOT_METHOD);
}

// @ts-ignore: decorator
@inline
export function hasChildren(slot: usize): bool {
  return load<u32>(slot, SLOT_CHILDREN) != (NO_SLOT | (NO_SLOT << 16));
}

// @ts-ignore: decorator
@inline
export function parentOf(slot: usize): u32 {
  return load<u16>(slot, SLOT_PARENT);
}

export function setParent(slot: usize, parent: u32, direction: u32): void {
  store<u16>(slot, parent, SLOT_PARENT);
  store<u16>(slot, direction, SLOT_PARENT_DIRECTION);
}

/** Is the entry's parent exactly this slot and side? */
export function hangsUnder(slot: usize, parent: u32, direction: u32): bool {
  return parentOf(slot) == parent && load<u16>(slot, SLOT_PARENT_DIRECTION) == direction;
}

/** L.memory: is there room for the incoming record's value? */
// @ts-ignore: decorator
@inline
export function incomingFits(): bool {
  if (!BYTES || kindOf(INCOMING) != KIND_APPLICATION) return true;
  return hasRoom(load<u32>(INCOMING, VALUE_LENGTH), 0);
}

/** A multiple of 16 bytes. */
// @ts-ignore: decorator
@inline
function copyLines(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Puts the incoming record, for whose value there is room, into an empty slot; no children, no parent. */
// @ts-ignore: decorator
@inline
export function install(slot: usize, method: u32): void {
  const application = kindOf(INCOMING) == KIND_APPLICATION;
  copyLines(slot, INCOMING, SLOT_BYTES);
  if (!application) copyLines(descriptorOf(slot, 0), descriptorOf(INCOMING, 0), DESCRIPTORS_BYTES);
  store<u8>(slot, method, SLOT_METHOD);
  if (BYTES && application) {
    const length = load<u32>(INCOMING, VALUE_LENGTH);
    store<u32>(slot, storeValue(load<u32>(INCOMING, VALUE_PLACE), length), VALUE_PLACE);
  }
}

/** Empties a slot. */
// @ts-ignore: decorator
@inline
export function clear(slot: usize): void {
  if (BYTES && kindOf(slot) == KIND_APPLICATION) {
    releaseValue(load<u32>(slot, VALUE_PLACE), load<u32>(slot, VALUE_LENGTH));
  }
  store<u8>(slot, KIND_EMPTY, SLOT_KIND);
}

/** The root of the tree with nothing below it, where thread 0 starts. Fresh memory is zero: both descriptors are absent. */
export function installRoot(slot: usize): void {
  store<u8>(slot, KIND_INTERNAL, SLOT_KIND);
  store<u8>(slot, METHOD_M, SLOT_METHOD);
  store<u8>(slot, 0, SLOT_PRESENT);
  setRoot(slot);
  store<u32>(slot, NO_SLOT | (NO_SLOT << 16), SLOT_CHILDREN);
  setParent(slot, NO_SLOT, 0);
}
