// SPDX-License-Identifier: Apache-2.0
/**
 * Records on loan (profile `bytes`): a call over records of several workers runs at one of them. The others bring their records into deferred
 * memory and tell value and time of the evict; the borrower adds each from there, runs the call, and evicts it again under its own thread
 * number; the owner takes it back (PROTOCOL §4.3, H6). All of it in one epoch, so that nobody has committed the epoch of an element that
 * another still must add. A record that is lent is in no bitmap: neither calls nor an epoch's close may find it meanwhile.
 */
import { describe, recordOf } from "./call-records";
import { advanceBeyond, clock, epochOf, tick } from "./clock";
import { placeOf, setSlot, setTime, slotOf, timeOf, unmarkDeferred } from "./element";
import { insert } from "./insert";
import { setKey } from "./key-index";
import {
  DIGESTS,
  EVICTER,
  IN_DEFERRED,
  LOANS,
  LOANS_END,
  nodes,
  NO_SLOT,
  RECORD_BYTES,
  recordsEnd,
} from "./layout";
import { logAddBFrom, logEvictB } from "./log";
import { fetch, handOver, makeRoom, settle } from "./placement";
import { isMerkleOnly } from "./policy";
import { occupySlot, vacateSlot } from "./slots";
import { topOf } from "./tops";
import { setPlain } from "./turns";
import { canExtendBy } from "./value-heap";

// @ts-ignore: decorator
@inline
function digestOf(i: u32): usize {
  return DIGESTS + ((<usize>i) << 5);
}

/** Does this worker own the looked-up key `i` (call.ts)? */
export function isOwnKey(i: u32): bool {
  return topOf(load<u64>(digestOf(i))) != 0;
}

// ---- The owner ---------------------------------------------------------------------------------------------------------------------

/**
 * Lends the looked-up record `i`: it is in deferred memory, evicted in the present epoch. False, and nothing happened, if there is no room for
 * a new record, or for `reserve` of the longest values, which the borrower may bring back.
 */
export function lendRecord(i: u32, reserve: u32): bool {
  let record = recordOf(i);
  if ((record == 0 && recordsEnd == nodes) || !canExtendBy(reserve)) return false;
  if (record == 0) {
    record = insert(<u64>digestOf(i));
    describe(i, record);
  }
  if (placeOf(record) != IN_DEFERRED || epochOf(timeOf(record)) != epochOf(clock)) {
    fetch(record, false);
    handOver(record);
  }
  unmarkDeferred(record);
  return true;
}

/** Takes record `i` back, which `evictedBy` evicted at `time` with the value that it has here. */
export function takeBackRecord(i: u32, time: u64, evictedBy: u32): void {
  const record = recordOf(i);
  setTime(record, time);
  addFrom(record, evictedBy);
  if (!isMerkleOnly()) setPlain(slotOf(record));
}

// ---- The borrower ------------------------------------------------------------------------------------------------------------------

/** Is the element a record of another worker? */
// @ts-ignore: decorator
@inline
export function isLoan(element: usize): bool {
  return element >= LOANS && element < LOANS_END;
}

/** Makes the looked-up key `i` one whose record was lent: without a value, and evicted so. */
export function borrowRecord(i: u32, time: u64, evictedBy: u32): void {
  const loan = LOANS + <usize>i * RECORD_BYTES;
  memory.fill(loan, 0, RECORD_BYTES);
  setKey(loan, <u64>digestOf(i));
  setTime(loan, time);
  setSlot(loan, NO_SLOT);
  store<u16>(loan, evictedBy, EVICTER);
  describe(i, loan);
}

/** Brings it into a slot. It hangs under nothing here, so it must be pinned. */
export function addLoan(loan: usize): void {
  addFrom(loan, load<u16>(loan, EVICTER));
}

/** Back to deferred memory; value and time stay here to be read. */
export function evictLoan(loan: usize): void {
  const slot = slotOf(loan);
  const time = tick();
  logEvictB(slot, time);
  vacateSlot(slot);
  setSlot(loan, NO_SLOT);
  setTime(loan, time);
}

// ---- Both --------------------------------------------------------------------------------------------------------------------------

/** AddB of what another thread evicted. */
function addFrom(record: usize, evictedBy: u32): void {
  makeRoom(record);
  const slot = occupySlot(record);
  logAddBFrom(record, slot, evictedBy);
  advanceBeyond(timeOf(record));
  settle(record, slot, 0);
}
