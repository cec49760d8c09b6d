// SPDX-License-Identifier: Apache-2.0
/**
 * The call of any function over 1..128 records (profile `bytes`). The function itself runs in JavaScript: it is told the records' values
 * ({@link lookUp}), brings the values afterwards ({@link stage}), and then the call happens at once ({@link runCall}).
 */
import { sameDigest } from "@zeta/hashes/copy";
import { ABSENT, afterOf, describe, recordOf, SAME } from "./call-records";
import { insert } from "./insert";
import { digestKey } from "./key-digest";
import { find } from "./key-index";
import {
  CALL_RECORDS,
  DIGESTS,
  nodes,
  RECORD_BYTES,
  recordsEnd,
  REQUESTS,
  VALUE_LENGTH,
} from "./layout";
import { addLoan, evictLoan, isLoan } from "./lend";
import { logCall } from "./log";
import { fetch, makeCells, pin, putBackPath, unpin } from "./placement";
import { isMerkleOnly } from "./policy";
import {
  CALL_SLOTS_MAX,
  CALL_VALUE_BYTES_MAX,
  KEY_BYTES_MAX,
  REQUEST_ID_BYTES,
  SLOTS_MIN,
} from "./profile";
import { areCells, slotCount } from "./slots";
import { topCount } from "./tops";
import { setAbsent, setBlock } from "./value";
import { allocate, cellsFor, cellsOf, isPresent, release } from "./value-heap";
import { endVisits } from "./visits";

/** Behind the longest keys: request id and argument. */
export const CALL_REQUEST_ID: usize = REQUESTS + <usize>CALL_SLOTS_MAX * (4 + KEY_BYTES_MAX);
export const CALL_ARGUMENT: usize = CALL_REQUEST_ID + REQUEST_ID_BYTES;

/**
 * Finds the records of the keys at REQUESTS (u32 length ‖ key, each) and their values: address and length at CALL_BEFORE, address 0 for
 * none. False if a key stands there twice.
 */
export function lookUpKeys(count: u32): bool {
  let key = REQUESTS + 4;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(key - 4);
    const digest = DIGESTS + ((<usize>i) << 5);
    digestKey(key, length, digest);
    for (let other = DIGESTS; other < digest; other += 32) {
      if (sameDigest(other, digest)) return false;
    }
    describe(i, find(<u64>digest));
    key += 4 + <usize>length;
  }
  return true;
}

/** Makes room for a value that record `i` is to have: the address to write it to, 0 if memory is at its end. */
export function stageValue(i: u32, length: u32): usize {
  const block = allocate(length);
  if (block == 0) return 0;
  store<u32>(afterOf(i), <u32>block);
  store<u32>(afterOf(i), length, 4);
  return block + 1;
}

export function stageNothing(i: u32): void {
  store<u32>(afterOf(i), ABSENT);
}

/** Gives up what was staged for the first `count` records. */
export function unstageAll(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const block = load<u32>(afterOf(i));
    if (block > ABSENT) release(block, load<u32>(afterOf(i), 4));
    store<u32>(afterOf(i), SAME);
  }
}

/** What becomes of a call that was looked up: it ran, there is no room for new records, its records do not fit together. */
export const RAN: u32 = 0;
export const STORE_FULL: u32 = 1;
export const CALL_TOO_LARGE: u32 = 2;

/** Runs the call: gathers the records in slots, logs it, sets their values; of those on loan CALL_BEFORE says them. Unless it ran, nothing happened. */
export function runStaged(functionNumber: u32, withId: bool, argumentBytes: u32, count: u32): u32 {
  if (!fitTogether(count)) return CALL_TOO_LARGE;
  if (!hasRoomForRecords(count)) return STORE_FULL;
  endVisits();
  gather(count);
  makeCells(growth(count));
  logCall(functionNumber, withId ? CALL_REQUEST_ID : 0, count, CALL_ARGUMENT, argumentBytes);
  for (let i = count; i-- > 0; ) {
    const record = recordOf(i);
    setAfter(i, record);
    unpin(record);
    if (isLoan(record)) {
      evictLoan(record);
      describe(i, record);
    }
  }
  if (isMerkleOnly()) {
    for (let i: u32 = 0; i < count; i++) putBackPath(recordOf(i), 0);
  }
  return RAN;
}

/** Do the monitor's slots and value memory hold all the records at once, before the call and after it, and the log their values? */
function fitTogether(count: u32): bool {
  let bytes: u64 = 0;
  let cells: u64 = growth(count);
  for (let i: u32 = 0; i < count; i++) {
    const record = recordOf(i);
    if (record == 0 || !isPresent(record)) continue;
    bytes += load<u32>(record, VALUE_LENGTH);
    cells += cellsOf(record);
  }
  const hasSlots = count + SLOTS_MIN - 1 + topCount <= slotCount;
  return hasSlots && areCells(cells) && bytes <= CALL_VALUE_BYTES_MAX;
}

function hasRoomForRecords(count: u32): bool {
  let missing: usize = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (recordOf(i) == 0) missing += RECORD_BYTES;
  }
  return recordsEnd + missing <= nodes;
}

/** Puts all the records into slots, those of other workers too, and pins them there. */
function gather(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    let record = recordOf(i);
    if (record == 0) {
      record = insert(<u64>(DIGESTS + ((<usize>i) << 5)));
      store<u32>(CALL_RECORDS + ((<usize>i) << 2), <u32>record);
    } else if (isLoan(record)) addLoan(record);
    else fetch(record, false);
    pin(record);
  }
}

/** Cells of value memory that the monitor needs besides those it has: values that grow need theirs before those that shrink give any. */
function growth(count: u32): u32 {
  let cells: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (load<u32>(afterOf(i)) <= ABSENT) continue;
    const record = recordOf(i);
    const before: u32 = record == 0 ? 0 : cellsOf(record);
    const after = cellsFor(load<u32>(afterOf(i), 4));
    if (after > before) cells += after - before;
  }
  return cells;
}

function setAfter(i: u32, record: usize): void {
  const block = load<u32>(afterOf(i));
  if (block == SAME) return;
  if (block == ABSENT) setAbsent(record);
  else setBlock(record, block, load<u32>(afterOf(i), 4));
}
