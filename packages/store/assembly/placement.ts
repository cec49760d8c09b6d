// SPDX-License-Identifier: Apache-2.0
/**
 * Moves elements between slots, deferred memory and the tree. Each move writes one log entry and changes the mirror exactly as the
 * monitor will change its own state (PROTOCOL §4); what may be done when follows the host's obligations (§10).
 */
import { advanceBeyond, clock, tick } from "./clock";
import {
  flagsOf,
  hashAt,
  hasLinkedChild,
  leadsTo,
  markDeferred,
  parentOf,
  placeOf,
  setFlags,
  setSide,
  setSlot,
  setTime,
  sideAt,
  sideOf,
  slotOf,
  timeOf,
  unmarkDeferred,
} from "./element";
import {
  CHANGED,
  HASH_CURRENT,
  IN_DEFERRED,
  IN_SLOT,
  IN_TREE,
  isNode,
  LINKED,
  NEVER,
  NO_SLOT,
  PATH,
  PINNED,
  PINS,
  PRESENT,
  SIDE_DEFERRED,
  SIDE_LINKED,
  SWEPT,
} from "./layout";
import { isVisiting, noteUse } from "./last-use";
import { logAddB, logAddM, logEvictB, logEvictBM, logEvictM } from "./log";
import { HYBRID, isMerkleOnly, isSealing, placement } from "./policy";
import { BYTES } from "./profile";
import {
  elementIn,
  freeSlots,
  hasCells,
  hasFreeSlot,
  nextFreeSlot,
  occupySlot,
  vacateSlot,
  victimForCells,
  victimSlot,
} from "./slots";
import { countUse, isPlain, rememberedTicks, setPlain } from "./turns";
import { valueHash } from "./value-hash";
import { cellsOf } from "./value-heap";
import { noteVisitor } from "./visitors";

/** What stays true of an element wherever it goes. */
const LASTING: u32 = PRESENT | HASH_CURRENT | CHANGED;

let pinCount: u32 = 0;

/** Keeps an element that is in a slot there until the matching {@link unpin}. Pins nest like brackets. */
export function pin(element: usize): void {
  setFlags(element, flagsOf(element) | PINNED);
  store<u32>(PINS + ((<usize>pinCount) << 2), <u32>element);
  pinCount++;
}

export function unpin(element: usize): void {
  setFlags(element, flagsOf(element) & ~PINNED);
  pinCount--;
}

/**
 * Brings an element into a slot: from deferred memory directly, from the tree below its parent (H2). `swept`: only for the sake of an epoch's
 * close, which is no use.
 */
export function fetch(element: usize, swept: bool): void {
  const place = placeOf(element);
  if (place == IN_SLOT) {
    if (swept) return;
    setFlags(element, flagsOf(element) & ~SWEPT);
    countUse(slotOf(element));
    return;
  }
  if (place == IN_DEFERRED) addB(element, swept);
  else climb(element, swept);
}

/**
 * Brings the first element above `element`, which is in the tree, that is not there itself into a slot, and makes room for the path below it:
 * so that nothing else stands in the log between the path's AddM. Returns that first element, pinned.
 */
export function prepareClimb(element: usize): usize {
  let count: u32 = 0;
  for (; placeOf(element) == IN_TREE; element = parentOf(element)) count++;
  fetch(element, false);
  pin(element);
  while (freeSlots() < count) {
    const slot = victimSlot();
    if (slot == NO_SLOT) break;
    leave(slot);
  }
  return element;
}

/** The climb ends at the first ancestor that is in a slot or deferred. */
function climb(element: usize, swept: bool): void {
  let waiting = PATH;
  let above = element;
  for (; placeOf(above) == IN_TREE; above = parentOf(above), waiting += 4) {
    store<u32>(waiting, <u32>above);
  }
  fetch(above, swept);
  while (waiting != PATH) {
    waiting -= 4;
    const next = <usize>load<u32>(waiting);
    const held = (flagsOf(above) & PINNED) != 0;
    if (!held) pin(above);
    addM(next, above, swept);
    if (!held) unpin(above);
    above = next;
  }
  if (!swept && !isNode(element) && !isMerkleOnly()) receive(element);
}

/** A record that a call brought in from the tree. One that comes often stays warm, and hangs under nothing; but its path goes. */
function receive(record: usize): void {
  if (placement != HYBRID || !isVisiting(record)) detach(record);
  if (placement == HYBRID) noteVisitor(record);
}

function addB(element: usize, swept: bool): void {
  makeRoom(element);
  const slot = occupySlot(element, !swept && hasJustLeft(element));
  logAddB(element, slot);
  advanceBeyond(timeOf(element));
  unmarkDeferred(element);
  settle(element, slot, swept ? SWEPT : 0);
  if (!swept) markPlain(element, slot);
}

/** Has a deferred element left its slot only lately? The clock counts evicts. */
// @ts-ignore: decorator
@inline
function hasJustLeft(element: usize): bool {
  return clock - timeOf(element) < <u64>rememberedTicks;
}

function addM(element: usize, parent: usize, swept: bool): void {
  makeRoom(element);
  const slot = occupySlot(element);
  logAddM(element, slot, parent);
  const side = sideOf(element, parent);
  setSide(parent, side, sideAt(parent, side) | SIDE_LINKED);
  settle(element, slot, swept ? LINKED | SWEPT : LINKED);
}

/** The element is in its slot now. */
// @ts-ignore: decorator
@inline
export function settle(element: usize, slot: u32, flags: u32): void {
  setSlot(element, slot);
  setFlags(element, (flagsOf(element) & LASTING) | flags);
}

/** A record that the policy will hand over to deferred memory, whatever else is in slots. */
// @ts-ignore: decorator
@inline
function markPlain(element: usize, slot: u32): void {
  if (!isNode(element) && !isMerkleOnly()) setPlain(slot);
}

/** Makes a slot free, and in the monitor's value memory the cells for the element. */
// @ts-ignore: decorator
@inline
export function makeRoom(element: usize): void {
  if (BYTES && !isNode(element)) makeCells(cellsOf(element));
  while (!hasFreeSlot()) {
    const slot = victimSlot();
    if (slot == NO_SLOT) detachPinned();
    else leave(slot);
  }
}

/** Makes so many cells of value memory free, at the expense of records that nobody pins. */
export function makeCells(count: u32): void {
  while (!hasCells(count)) {
    const slot = victimForCells();
    // Value memory for the longest values of one call is an option's least (store-worker.ts).
    if (slot == NO_SLOT) unreachable();
    leave(slot);
  }
}

// @ts-ignore: decorator
@inline
function leave(slot: u32): void {
  if (isPlain(slot)) handOverPlain(elementIn(slot), slot);
  else evict(elementIn(slot));
}

/** EvictB of a record of which nothing need be known, and nothing is read: reading would wait for memory, writing does not. */
// @ts-ignore: decorator
@inline
function handOverPlain(record: usize, slot: u32): void {
  const time = tick();
  logEvictB(slot, time);
  noteHandedOver(record, time);
  vacateSlot(slot);
}

/** A plain record has left its slot. */
// @ts-ignore: decorator
@inline
export function noteHandedOver(record: usize, time: u64): void {
  setTime(record, time);
  setSlot(record, NO_SLOT);
  noteUse(record);
  markDeferred(record);
}

/** AddB of a deferred record for a call, into a slot that is known to be free. */
// @ts-ignore: decorator
@inline
export function addDeferred(record: usize): void {
  const slot = occupySlot(record, hasJustLeft(record));
  logAddB(record, slot);
  advanceBeyond(timeOf(record));
  unmarkDeferred(record);
  settle(record, slot, 0);
  setPlain(slot);
}

/**
 * Every slot holds a pinned element or an ancestor of one: a deep path in a small table. An element that goes through deferred memory and
 * back into its own slot no longer hangs under its parent, so that may leave.
 */
function detachPinned(): void {
  for (let i: u32 = 0; i < pinCount; i++) {
    const pinned = <usize>load<u32>(PINS + ((<usize>i) << 2));
    if ((flagsOf(pinned) & LINKED) == 0 || hasLinkedChild(pinned)) continue;
    detach(pinned);
    return;
  }
  // With SLOTS_MIN slots one of the pinned can always be detached.
  unreachable();
}

/** An element that hangs under its parent in a slot: the same without hanging there. */
export function detach(element: usize): void {
  const slot = slotOf(element);
  stamp(element);
  logAddB(element, slot);
  advanceBeyond(timeOf(element));
  if ((flagsOf(element) & PINNED) == 0) markPlain(element, slot);
}

/** Takes an element that may leave out of its slot, to where the policy wants it. */
export function evict(element: usize): void {
  if (returnsToTree(element)) putBack(element);
  else handOver(element);
}

/** Is the tree the place for an element that leaves its slot, and can it go there now? */
export function returnsToTree(element: usize): bool {
  // Without its parent in a slot the tree cannot take it; the close of this epoch will.
  return goesToTree(element) && placeOf(parentOf(element)) == IN_SLOT;
}

// @ts-ignore: decorator
@inline
function goesToTree(element: usize): bool {
  if (isMerkleOnly() || (BYTES && isSealing)) return true;
  const how = flagsOf(element) & (SWEPT | LINKED);
  if (placement != HYBRID || how == (SWEPT | LINKED)) return (how & SWEPT) != 0;
  // From the tree for a call, or out of deferred memory for an epoch's close: it belongs where its uses so far put it.
  return how != 0 && isVisiting(element);
}

/** EvictM. */
export function putBack(element: usize): void {
  const parent = parentOf(element);
  const side = sideOf(element, parent);
  const known = sideAt(parent, side);
  const flags = flagsOf(element);
  if ((flags & HASH_CURRENT) == 0) valueHash(element, hashAt(parent, side));
  if ((flags & HASH_CURRENT) == 0 || (known & SIDE_DEFERRED) != 0) changed(parent);
  if ((flags & SWEPT) == 0) noteUse(element);
  const slot = slotOf(element);
  logEvictM(slot, parent);
  setSide(parent, side, known & ~(SIDE_DEFERRED | SIDE_LINKED));
  setFlags(element, (flags & LASTING) | HASH_CURRENT);
  setSlot(element, NO_SLOT);
  setTime(element, NEVER);
  vacateSlot(slot);
}

/** EvictB or EvictBM. */
export function handOver(element: usize): void {
  stamp(element);
  const flags = flagsOf(element);
  if ((flags & SWEPT) == 0) noteUse(element);
  setFlags(element, flags & LASTING);
  markDeferred(element);
  vacateSlot(slotOf(element));
  setSlot(element, NO_SLOT);
}

/** Logs that the element leaves into deferred memory. */
function stamp(element: usize): void {
  const slot = slotOf(element);
  const time = tick();
  setTime(element, time);
  const flags = flagsOf(element);
  if ((flags & LINKED) == 0) {
    logEvictB(slot, time);
    return;
  }
  const parent = parentOf(element);
  logEvictBM(slot, parent, time);
  const side = sideOf(element, parent);
  setSide(parent, side, (sideAt(parent, side) & ~SIDE_LINKED) | SIDE_DEFERRED);
  changed(parent);
  setFlags(element, flags & ~LINKED);
}

/** The element's value is no longer the one that its parent holds a hash of. */
// @ts-ignore: decorator
@inline
export function changed(element: usize): void {
  setFlags(element, flagsOf(element) & ~HASH_CURRENT);
}

/** A deferred element of an epoch that is being closed, to be kept warm: in and out again, into the present epoch. */
export function renew(element: usize): void {
  makeRoom(element);
  const slot = nextFreeSlot();
  logAddB(element, slot);
  advanceBeyond(timeOf(element));
  const time = tick();
  setTime(element, time);
  logEvictB(slot, time);
}

/** An element that is deferred, or in a slot and free to leave, becomes cold (H7). */
export function demote(element: usize): void {
  const parent = parentOf(element);
  const held = placeOf(element) == IN_SLOT;
  if (held) pin(element);
  fetch(parent, true);
  if (held) unpin(element);
  else {
    pin(parent);
    addB(element, true);
    unpin(parent);
  }
  putBack(element);
}

/**
 * Baselines: puts the path back into the tree, from a record in a slot upwards, as far as it does not lead to the next operation's key.
 * `next` 0: all of it.
 */
export function putBackPath(record: usize, next: usize): void {
  let element = record;
  while (!hasLinkedChild(element)) {
    const parent = parentOf(element);
    if (parent == 0) return;
    evict(element);
    if (placeOf(parent) != IN_SLOT || (next != 0 && leadsTo(parent, next))) return;
    element = parent;
  }
}
