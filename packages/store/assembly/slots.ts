// SPDX-License-Identifier: Apache-2.0
/**
 * The monitor's slots as this store uses them: a cache across epochs. Who must leave when there is no room, turns.ts says.
 *
 * In profile `bytes` the monitor keeps the values of the records in slots in a memory of its own, of cells of 64 bytes. The count here is
 * the same as there, so that it is never overrun.
 */
import { hasLinkedChild, flagsOf, parentOf } from "./element";
import { FREE_SLOTS, NO_SLOT, PINNED, SLOT_CELLS, SLOT_ELEMENTS } from "./layout";
import { BYTES } from "./profile";
import {
  endTurn,
  forgetUse,
  initTurns,
  isNobodyWaiting,
  isPlain,
  nextUnused,
  startTurn,
  stay,
  USES_MAX,
} from "./turns";
import { cellsOf } from "./value-heap";

export let slotCount: u32 = 0;
let freeCount: u32 = 0;
let cellsMax: u32 = 0;
let cellsUsed: u32 = 0;
let cellHand: u32 = 0;

/** All slots empty; slot 0 is the first to be taken. `cells`: the monitor's value memory. */
export function initSlots(count: u32, cells: u32): void {
  slotCount = count;
  freeCount = count;
  cellsMax = cells;
  memory.fill(SLOT_ELEMENTS, 0, 4 * <usize>count);
  initTurns(count);
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

/** `known`: the element left a slot only lately. */
// @ts-ignore: decorator
@inline
export function occupySlot(element: usize, known: bool = false): u32 {
  const slot = nextFreeSlot();
  freeCount--;
  store<u32>(SLOT_ELEMENTS + ((<usize>slot) << 2), <u32>element);
  startTurn(slot, known);
  if (BYTES) setCells(slot, cellsOf(element));
  return slot;
}

// @ts-ignore: decorator
@inline
export function vacateSlot(slot: u32): void {
  if (BYTES) setCells(slot, 0);
  endTurn(slot);
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

/** Is value memory so large? */
export function areCells(count: u64): bool {
  return count <= cellsMax;
}

// @ts-ignore: decorator
@inline
export function hasCells(count: u32): bool {
  return cellsUsed + count <= cellsMax;
}

/** Who was used most loses a use in each of three rounds, and leaves in the fourth. One more for the newcomers. */
const ROUNDS: u32 = USES_MAX + 2;

/** A slot whose element may leave and was not used lately; NO_SLOT if none may leave. */
export function victimSlot(): u32 {
  // Those that must stay wait behind all others; the first round spares the last newcomers.
  for (let steps = ROUNDS * slotCount; steps != 0 && !isNobodyWaiting(); steps--) {
    const slot = nextUnused(<u32>steps > (ROUNDS - 1) * slotCount);
    const element = elementIn(slot);
    if (element == 0) continue;
    // In `bytes` a plain record may be one of a call over several records.
    if (isPlain(slot) ? !BYTES || !isPinned(slot) : mayLeave(element)) return slot;
    stay(slot);
  }
  return NO_SLOT;
}

/** A slot whose record may leave, holds cells and was not used lately; NO_SLOT if none may leave. */
export function victimForCells(): u32 {
  for (let steps = slotCount * (USES_MAX + 1); steps != 0; steps--) {
    cellHand = cellHand + 1 < slotCount ? cellHand + 1 : 0;
    if (load<u16>(SLOT_CELLS + ((<usize>cellHand) << 1)) == 0) continue;
    if (!forgetUse(cellHand) && !isPinned(cellHand)) return cellHand;
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
