// SPDX-License-Identifier: Apache-2.0
/**
 * The monitor's slots as this store uses them: a cache across epochs. Uses are counted up to a few; the hand that looks for a victim takes
 * one use away from each slot it passes (generalised CLOCK), so what is used often stays and what was used once soon leaves.
 *
 * In profile `bytes` the monitor keeps the values of the records in slots in a memory of its own, of cells of 64 bytes. The count here is
 * the same as there, so that it is never overrun.
 */
import { hasLinkedChild, flagsOf, parentOf } from "./element";
import {
  FREE_SLOTS,
  NO_SLOT,
  PINNED,
  SLOT_CELLS,
  SLOT_ELEMENTS,
  SLOT_USES,
} from "./layout";
import { BYTES } from "./profile";
import { cellsOf } from "./value-heap";

const USES_MAX: u32 = 3;
/** The low bits of a slot's byte: its uses. */
const USES: u32 = 3;
/** The slot holds a record that hangs under nothing and may leave at any time: nothing about it need be looked up. */
const PLAIN: u32 = 0x80;

export let slotCount: u32 = 0;
let freeCount: u32 = 0;
let hand: u32 = 0;
let cellsMax: u32 = 0;
let cellsUsed: u32 = 0;
let cellHand: u32 = 0;

/** All slots empty; slot 0 is the first to be taken. `cells`: the monitor's value memory. */
export function initSlots(count: u32, cells: u32): void {
  slotCount = count;
  freeCount = count;
  cellsMax = cells;
  memory.fill(SLOT_ELEMENTS, 0, 4 * <usize>count);
  for (let i: u32 = 0; i < count; i++) {
    store<u16>(FREE_SLOTS + ((<usize>i) << 1), count - 1 - i);
  }
}

// @ts-ignore: decorator
@inline
export function hasFreeSlot(): bool {
  return freeCount != 0;
}

// @ts-ignore: decorator
@inline
export function freeSlots(): u32 {
  return freeCount;
}

export function slotsUsed(): u32 {
  return slotCount - freeCount;
}

/** The slot that {@link occupySlot} will take. */
// @ts-ignore: decorator
@inline
export function nextFreeSlot(): u32 {
  return load<u16>(FREE_SLOTS + ((<usize>(freeCount - 1)) << 1));
}

// @ts-ignore: decorator
@inline
export function occupySlot(element: usize): u32 {
  const slot = nextFreeSlot();
  freeCount--;
  store<u32>(SLOT_ELEMENTS + ((<usize>slot) << 2), <u32>element);
  store<u8>(SLOT_USES + <usize>slot, 0);
  if (BYTES) setCells(slot, cellsOf(element));
  return slot;
}

// @ts-ignore: decorator
@inline
export function vacateSlot(slot: u32): void {
  if (BYTES) setCells(slot, 0);
  store<u8>(SLOT_USES + <usize>slot, 0);
  store<u32>(SLOT_ELEMENTS + ((<usize>slot) << 2), 0);
  store<u16>(FREE_SLOTS + ((<usize>freeCount) << 1), slot);
  freeCount++;
}

/** The record in the slot takes so many cells from now on. */
// @ts-ignore: decorator
@inline
export function setCells(slot: u32, cells: u32): void {
  const at = SLOT_CELLS + ((<usize>slot) << 1);
  cellsUsed += cells - <u32>load<u16>(at);
  store<u16>(at, cells);
}

export function usedCells(): u32 {
  return cellsUsed;
}

// @ts-ignore: decorator
@inline
export function hasCells(count: u32): bool {
  return cellsUsed + count <= cellsMax;
}

// @ts-ignore: decorator
@inline
export function countUse(slot: u32): void {
  const at = SLOT_USES + <usize>slot;
  const state = <u32>load<u8>(at);
  if ((state & USES) != USES_MAX) store<u8>(at, state + 1);
}

// @ts-ignore: decorator
@inline
export function setPlain(slot: u32): void {
  const at = SLOT_USES + <usize>slot;
  store<u8>(at, <u32>load<u8>(at) | PLAIN);
}

/** Does {@link setPlain} hold of the slot? */
// @ts-ignore: decorator
@inline
export function isPlain(slot: u32): bool {
  return (<u32>load<u8>(SLOT_USES + <usize>slot) & PLAIN) != 0;
}

/** The next slot of a plain record that was not used lately, NO_SLOT if something else must be looked at first. */
// @ts-ignore: decorator
@inline
export function nextPlainVictim(): u32 {
  let next = afterHand();
  let state = <u32>load<u8>(SLOT_USES + <usize>next);
  while ((state & USES) != 0) {
    store<u8>(SLOT_USES + <usize>next, state - 1);
    hand = next;
    next = afterHand();
    state = <u32>load<u8>(SLOT_USES + <usize>next);
  }
  if (state != PLAIN) return NO_SLOT;
  hand = next;
  return next;
}

// @ts-ignore: decorator
@inline
function afterHand(): u32 {
  return hand + 1 < slotCount ? hand + 1 : 0;
}

/** A slot whose element may leave and was not used lately; NO_SLOT if none may leave. */
export function victimSlot(): u32 {
  // Every slot can give away all its uses before the hand must have found what there is to find.
  for (let steps = slotCount * (USES_MAX + 1); steps != 0; steps--) {
    hand = afterHand();
    const at = SLOT_USES + <usize>hand;
    const state = <u32>load<u8>(at);
    if ((state & USES) != 0) {
      store<u8>(at, state - 1);
      continue;
    }
    // In `bytes` a plain record may be one of a call over several records.
    if ((state & PLAIN) != 0 && (!BYTES || !isPinned(hand))) return hand;
    const element = elementIn(hand);
    if (element != 0 && mayLeave(element)) return hand;
  }
  return NO_SLOT;
}

/** A slot whose record may leave, holds cells and was not used lately; NO_SLOT if none may leave. */
export function victimForCells(): u32 {
  for (let steps = slotCount * (USES_MAX + 1); steps != 0; steps--) {
    cellHand = cellHand + 1 < slotCount ? cellHand + 1 : 0;
    if (load<u16>(SLOT_CELLS + ((<usize>cellHand) << 1)) == 0) continue;
    const at = SLOT_USES + <usize>cellHand;
    const state = <u32>load<u8>(at);
    if ((state & USES) != 0) store<u8>(at, state - 1);
    else if (!isPinned(cellHand)) return cellHand;
  }
  return NO_SLOT;
}

// @ts-ignore: decorator
@inline
export function elementIn(slot: u32): usize {
  return <usize>load<u32>(SLOT_ELEMENTS + ((<usize>slot) << 2));
}

// @ts-ignore: decorator
@inline
function isPinned(slot: u32): bool {
  return (flagsOf(elementIn(slot)) & PINNED) != 0;
}

/** The top of this worker's tree stays; so does whatever another element in a slot hangs under. */
// @ts-ignore: decorator
@inline
function mayLeave(element: usize): bool {
  return (flagsOf(element) & PINNED) == 0 && !hasLinkedChild(element) && parentOf(element) != 0;
}
