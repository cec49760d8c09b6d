// SPDX-License-Identifier: Apache-2.0
/**
 * `transact`, the mini-transaction of the key-value functions (docs/formats.md §2): compares the values of all its records, then writes all
 * of them or none. An item is u16 key length ‖ key ‖ u8 condition [‖ digest] ‖ u8 write [‖ u32 length ‖ value].
 */
import { blake3 } from "@zeta/hashes/blake3";
import { sameDigest } from "@zeta/hashes/copy";
import { argument, argumentBytes, requestId, slotsOfCall } from "./call-framing";
import { checkSlots, dropValue, giveValue, holdsKey, slotOfCall } from "./call-records";
import { H_count, L_memory, R_consume, R_key, T_ring } from "./checks";
import { readU16, readU32 } from "./decode";
import { countOperation, epochEntry } from "./epochs";
import {
  ARGUMENT_DIGEST,
  CALL_ITEMS,
  DIGEST,
  RESULT_DIGEST,
  SCRATCH,
  SLOT_PRESENT,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { DONE, refuse, refuseCall } from "./outcome";
import { DIGEST_BYTES, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./profile";
import { addReceipt, canAppend } from "./receipts";
import { clock, epochOf } from "./state";
import { cellsFor, hasCells, valueAddress } from "./value-memory";

const ANY: u32 = 0;
const ABSENT: u32 = 1;
const PRESENT: u32 = 2;
const EQUALS: u32 = 3;

const KEEP: u32 = 0;
const DELETE: u32 = 1;
const PUT: u32 = 2;

/** §4.8 RunApp of a call whose framing was parsed. */
export function callTransact(functionId: u32): i32 {
  if (!parseItems()) return refuseCall(R_consume);
  const refusal = checkSlots();
  if (refusal) return refuseCall(refusal);
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (!isNamed(i)) return refuseCall(R_key);
  }
  // A condition that does not hold is an answer, not a call that must not have happened (R.fail).
  const unmet = firstUnmet();
  const done = unmet == slotsOfCall;

  // A call counts in the clock's epoch, so that epoch must be addressable. These refusals are the monitor's, not the application's.
  const entry = epochEntry(epochOf(clock));
  if (!entry) return refuse(T_ring);
  if (requestId && !canAppend(entry)) return refuse(H_count);
  if (done && !hasRoomForAll()) return refuse(L_memory);

  if (requestId) {
    blake3(argument, argumentBytes, ARGUMENT_DIGEST);
    hashResult(done, unmet);
    addReceipt(entry, requestId, functionId);
  }
  if (done) writeAll();
  countOperation();
  return DONE;
}

/** `u8 count ‖ items`, keys strictly ascending, nothing to spare, a slot for each. The items' addresses go to CALL_ITEMS. */
function parseItems(): bool {
  if (argumentBytes < 1) return false;
  const count = load<u8>(argument);
  if (count < 1 || count != slotsOfCall) return false;
  const end = argument + argumentBytes;
  let at = argument + 1;
  for (let i: u32 = 0; i < count; i++) {
    const next = endOfItem(at, end);
    if (!next) return false;
    if (i > 0 && !isKeyBefore(itemOf(i - 1), at)) return false;
    store<u32>(CALL_ITEMS + 4 * i, <u32>at);
    at = next;
  }
  return at == end;
}

/** 0: no item begins here that ends by `end`. */
function endOfItem(item: usize, end: usize): usize {
  if (end - item < 2) return 0;
  const keyBytes = readU16(item);
  // Behind a key stands a condition, behind a condition a write.
  if (keyBytes > KEY_BYTES_MAX || end - item < 2 + keyBytes + 1) return 0;
  const condition = load<u8>(conditionOf(item));
  if (condition > EQUALS) return 0;
  const at = writeOf(item);
  if (at >= end) return 0;
  const write = load<u8>(at);
  if (write > PUT) return 0;
  if (write != PUT) return at + 1;
  if (end - at < 5) return 0;
  const valueBytes = readU32(at + 1);
  if (valueBytes > VALUE_BYTES_MAX || end - at < 5 + valueBytes) return 0;
  return at + 5 + valueBytes;
}

function isKeyBefore(a: usize, b: usize): bool {
  const aBytes = readU16(a), bBytes = readU16(b);
  const order = memory.compare(a + 2, b + 2, min(aBytes, bBytes));
  return order < 0 || (order == 0 && aBytes < bBytes);
}

// @ts-ignore: decorator
@inline
function itemOf(i: u32): usize {
  return <usize>load<u32>(CALL_ITEMS + 4 * i);
}

// @ts-ignore: decorator
@inline
function conditionOf(item: usize): usize {
  return item + 2 + <usize>readU16(item);
}

function writeOf(item: usize): usize {
  const condition = conditionOf(item);
  return condition + 1 + (load<u8>(condition) == EQUALS ? <usize>DIGEST_BYTES : 0);
}

/** R.key: is the record in the slot the one that the item names? */
function isNamed(i: u32): bool {
  const item = itemOf(i);
  return holdsKey(slotOfCall(i), item + 2, readU16(item));
}

/** The first item whose condition does not hold; the number of items if all hold. */
function firstUnmet(): u32 {
  let i: u32 = 0;
  while (i < slotsOfCall && isMet(slotOfCall(i), conditionOf(itemOf(i)))) i++;
  return i;
}

function isMet(slot: usize, at: usize): bool {
  const condition = load<u8>(at);
  if (condition == ANY) return true;
  const present = load<u8>(slot, SLOT_PRESENT) != 0;
  if (condition == ABSENT) return !present;
  if (condition == PRESENT || !present) return present;
  const length = load<u32>(slot, VALUE_LENGTH);
  blake3(valueAddress(load<u32>(slot, VALUE_PLACE), length, SCRATCH), length, DIGEST);
  return sameDigest(at + 1, DIGEST);
}

/** Is there room for all new values at once? */
function hasRoomForAll(): bool {
  let needed: u64 = 0;
  let released: u64 = 0;
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    const at = writeOf(itemOf(i));
    if (load<u8>(at) == KEEP) continue;
    released += cellsFor(load<u32>(slotOfCall(i), VALUE_LENGTH));
    if (load<u8>(at) == PUT) needed += cellsFor(readU32(at + 1));
  }
  return hasCells(needed, released);
}

/** `01`, or `00` and the index. */
function hashResult(done: bool, unmet: u32): void {
  store<u8>(SCRATCH, done);
  store<u8>(SCRATCH, unmet, 1);
  blake3(SCRATCH, done ? 1 : 2, RESULT_DIGEST);
}

function writeAll(): void {
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (load<u8>(writeOf(itemOf(i))) >= DELETE) dropValue(slotOfCall(i));
  }
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    const at = writeOf(itemOf(i));
    if (load<u8>(at) == PUT) giveValue(slotOfCall(i), at + 5, readU32(at + 1));
  }
}
