// SPDX-License-Identifier: Apache-2.0
/**
 * Whose turn it is to leave its slot: S3-FIFO (Yang et al., SOSP 2023). Who comes waits in a short queue, and leaves at its end unless it was
 * used meanwhile; who was used, or had left only lately, waits in the long one, where each use earns another round. So what is used once
 * passes through a few slots, which stay in the processor's cache, and drives out nothing that is used often.
 *
 * A slot that becomes empty in between keeps its place: taking it out would cost more than finding it empty when its turn comes.
 */
import { NEWCOMERS, RESIDENTS, SLOT_USES } from "./layout";

/** The low bits of a slot's byte: its uses since it came or last had its turn, counted up to a few. */
export const USES_MAX: u32 = 3;
/** The slot stands in one of the queues. */
const QUEUED: u32 = 0x40;
/** The slot holds a record that hangs under nothing and may leave at any time: nothing about it need be looked up. */
const PLAIN: u32 = 0x80;

/** One slot in so many is a newcomer's. */
const NEWCOMERS_SHARE: u32 = 20;

let newcomersMax: u32 = 0;
/** Evicts after which an element is forgotten: as many as there are slots, so that a set that fits into them comes to stay. */
export let rememberedTicks: u32 = 0;

// Places in the queues, counted without end; a queue never holds more than all slots, of which there are fewer than 65536.
let newcomersFirst: u32 = 0;
let newcomersEnd: u32 = 0;
let residentsFirst: u32 = 0;
let residentsEnd: u32 = 0;

export function initTurns(slots: u32): void {
  newcomersMax = slots / NEWCOMERS_SHARE;
  rememberedTicks = slots;
  newcomersFirst = newcomersEnd = residentsFirst = residentsEnd = 0;
  memory.fill(SLOT_USES, 0, <usize>slots);
}

// @ts-ignore: decorator
@inline
function stateAt(slot: u32): usize {
  return SLOT_USES + <usize>slot;
}

// @ts-ignore: decorator
@inline
function placeIn(queue: usize, number: u32): usize {
  return queue + (<usize>(number & 0xffff) << 1);
}

/** An element comes into the slot; `known`: it had left only lately. */
// @ts-ignore: decorator
@inline
export function startTurn(slot: u32, known: bool): void {
  const at = stateAt(slot);
  const queued = <u32>load<u8>(at) & QUEUED;
  store<u8>(at, QUEUED);
  if (queued != 0) return;
  if (known) store<u16>(placeIn(RESIDENTS, residentsEnd++), slot);
  else store<u16>(placeIn(NEWCOMERS, newcomersEnd++), slot);
}

/** The slot is empty. */
// @ts-ignore: decorator
@inline
export function endTurn(slot: u32): void {
  const at = stateAt(slot);
  store<u8>(at, <u32>load<u8>(at) & QUEUED);
}

/** The element whose turn came stays all the same, for another round. */
export function stay(slot: u32): void {
  const at = stateAt(slot);
  store<u8>(at, <u32>load<u8>(at) | QUEUED);
  store<u16>(placeIn(RESIDENTS, residentsEnd++), slot);
}

// @ts-ignore: decorator
@inline
export function countUse(slot: u32): void {
  const at = stateAt(slot);
  const state = <u32>load<u8>(at);
  if ((state & USES_MAX) != USES_MAX) store<u8>(at, state + 1);
}

/** Takes one use away; false if there was none. */
export function forgetUse(slot: u32): bool {
  const at = stateAt(slot);
  const state = <u32>load<u8>(at);
  if ((state & USES_MAX) == 0) return false;
  store<u8>(at, state - 1);
  return true;
}

// @ts-ignore: decorator
@inline
export function setPlain(slot: u32): void {
  const at = stateAt(slot);
  store<u8>(at, <u32>load<u8>(at) | PLAIN);
}

/** Does {@link setPlain} hold of the slot? */
// @ts-ignore: decorator
@inline
export function isPlain(slot: u32): bool {
  return (<u32>load<u8>(stateAt(slot)) & PLAIN) != 0;
}

/** Is no slot waiting? */
// @ts-ignore: decorator
@inline
export function isNobodyWaiting(): bool {
  return newcomersFirst == newcomersEnd && residentsFirst == residentsEnd;
}

/**
 * The next slot whose turn it is, used or not, full or empty; it must not be {@link isNobodyWaiting}. Newcomers go once there are more than
 * `newcomersKept`. Above the slot's 16 bits stands whether it was one.
 */
// @ts-ignore: decorator
@inline
function next(newcomersKept: u32): u32 {
  const newcomers = newcomersEnd - newcomersFirst;
  const isNewcomer = newcomers > newcomersKept || residentsFirst == residentsEnd;
  const place = isNewcomer
    ? placeIn(NEWCOMERS, newcomersFirst++)
    : placeIn(RESIDENTS, residentsFirst++);
  return <u32>load<u16>(place) | (<u32>isNewcomer << 16);
}

/**
 * The next slot that was not used, which may have become empty. Slots that were used have another round, one use poorer. `sparing`: the last
 * newcomers are left alone.
 */
// @ts-ignore: decorator
@inline
export function nextUnused(sparing: bool): u32 {
  const newcomersKept = sparing ? newcomersMax : 0;
  let which = next(newcomersKept);
  let at = stateAt(which & 0xffff);
  let state = <u32>load<u8>(at);
  while ((state & USES_MAX) != 0) {
    // What a newcomer earned is its place among the residents.
    store<u8>(at, which > 0xffff ? state & ~USES_MAX : state - 1);
    store<u16>(placeIn(RESIDENTS, residentsEnd++), which);
    which = next(newcomersKept);
    at = stateAt(which & 0xffff);
    state = <u32>load<u8>(at);
  }
  store<u8>(at, state & ~QUEUED);
  return which & 0xffff;
}
