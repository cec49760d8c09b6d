// SPDX-License-Identifier: Apache-2.0
/**
 * Calls of a service whose functions are TypeScript (docs/services.md). The module checks framing and slots and lays argument and values out
 * in EXCHANGE; the loader, which is trusted, reads the argument, derives the keys, runs the function and writes keys, result and new
 * values to ANSWER; then the module compares the keys with those in the slots, hashes the receipt and changes the records. A service of
 * its own replaces the key-value functions: else a host could put what it likes into the service's records.
 */
import { blake3 } from "@zeta/hashes/blake3";
import { argument, argumentBytes, parsePayload, requestId, slotsOfCall } from "./call-framing";
import { checkSlots, dropValue, giveValue, holdsKey, slotOfCall } from "./call-records";
import { H_count, L_memory, R_consume, R_fail, R_fid, R_key, T_ring } from "./checks";
import { countOperation, epochEntry } from "./epochs";
import {
  ANSWER,
  ANSWER_KEY_BYTES,
  ANSWER_KEY_PLACES,
  ANSWER_KEYS,
  ANSWER_RESULT,
  ANSWER_VALUES,
  ARGUMENT_DIGEST,
  CHANGE_KEEP,
  CHANGE_WRITE,
  EXCHANGE,
  EXCHANGE_SLOTS,
  EXCHANGE_VALUES,
  NO_VALUE,
  RESULT_DIGEST,
  SLOT_PRESENT,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { CALLING, DONE, refuse, refuseCall } from "./outcome";
import { KEY_BYTES_MAX, SERVICE_CALL_BYTES_MAX, SERVICE_CALL_SLOTS_MAX } from "./profile";
import { addReceipt, canAppend } from "./receipts";
import { clock, epochOf } from "./state";
import { cellsFor, hasCells, valueAddress } from "./value-memory";

/** What the loader says of a call. */
const ANSWERED: u32 = 0;
/** The argument is none of this function, or no keys follow from it. */
const BAD_ARGUMENT: u32 = 1;

/** Functions of the service; 0: the built-in key-value functions. */
export let functionCount: u32 = 0;

/** The call that is with the loader: its function, and the check that its slots failed (0: none). */
let calledFunction: u32 = 0;
let slotRefusal: i32 = 0;

export function setFunctionCount(count: u32): void {
  functionCount = count;
}

/** §4.8 RunApp, first half. */
export function callService(functionId: u32, payload: usize, length: u32): i32 {
  if (functionId >= functionCount) return refuseCall(R_fid);
  if (!parsePayload(payload, length)) return refuseCall(R_consume);
  if (argumentBytes > SERVICE_CALL_BYTES_MAX) return refuseCall(R_consume);
  if (slotsOfCall > SERVICE_CALL_SLOTS_MAX) return refuseCall(R_consume);
  calledFunction = functionId;
  // An argument that is none is reported before what is wrong with the slots, and only the loader can read it.
  slotRefusal = checkSlots();
  store<u32>(EXCHANGE, functionId);
  store<u32>(EXCHANGE, <u32>argument, 4);
  store<u32>(EXCHANGE, argumentBytes, 8);
  store<u32>(EXCHANGE, slotRefusal ? 0 : slotsOfCall, 12);
  if (!slotRefusal) for (let i: u32 = 0; i < slotsOfCall; i++) layOut(i);
  return CALLING;
}

/** A value where the loader reads it. One that is too long can be no honest one: it is shown by its length and refused. */
function layOut(i: u32): void {
  const slot = slotOfCall(i);
  const at = EXCHANGE + EXCHANGE_SLOTS + 8 * <usize>i;
  if (!load<u8>(slot, SLOT_PRESENT)) {
    store<u32>(at, NO_VALUE);
    return;
  }
  const length = load<u32>(slot, VALUE_LENGTH);
  store<u32>(at, length);
  if (length > SERVICE_CALL_BYTES_MAX) return;
  const spare = EXCHANGE_VALUES + <usize>i * SERVICE_CALL_BYTES_MAX;
  store<u32>(at, <u32>valueAddress(load<u32>(slot, VALUE_PLACE), length, spare), 4);
}

/** Second half: `status` is the loader's, ANSWER holds the rest. */
export function finishCall(status: u32): i32 {
  if (status == BAD_ARGUMENT || load<u32>(ANSWER) != slotsOfCall) return refuseCall(R_consume);
  if (slotRefusal) return refuseCall(slotRefusal);
  for (let i: u32 = 0; i < slotsOfCall; i++) if (!isNamed(i)) return refuseCall(R_key);
  if (status != ANSWERED) return refuseCall(R_fail);

  // A call counts in the clock's epoch, so that epoch must be addressable. These refusals are the monitor's, not the application's.
  const entry = epochEntry(epochOf(clock));
  if (!entry) return refuse(T_ring);
  if (requestId && !canAppend(entry)) return refuse(H_count);
  if (!hasRoomForAll()) return refuse(L_memory);
  if (requestId) {
    blake3(argument, argumentBytes, ARGUMENT_DIGEST);
    blake3(ANSWER_RESULT, load<u32>(ANSWER, 4), RESULT_DIGEST);
    addReceipt(entry, requestId, calledFunction);
  }
  changeAll();
  countOperation();
  return DONE;
}

// @ts-ignore: decorator
@inline
function answerAt(i: u32): usize {
  return ANSWER + ANSWER_KEYS + <usize>i * ANSWER_KEY_BYTES;
}

/** R.key: is the record in the slot the one that the operation named? */
function isNamed(i: u32): bool {
  return holdsKey(
    slotOfCall(i),
    ANSWER_KEY_PLACES + <usize>i * KEY_BYTES_MAX,
    load<u32>(answerAt(i)),
  );
}

// @ts-ignore: decorator
@inline
function changeOf(i: u32): u32 {
  return load<u32>(answerAt(i), 4);
}

/** Is there room for all new values at once? */
function hasRoomForAll(): bool {
  let needed: u64 = 0;
  let released: u64 = 0;
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (changeOf(i) == CHANGE_KEEP) continue;
    released += cellsFor(load<u32>(slotOfCall(i), VALUE_LENGTH));
    if (changeOf(i) == CHANGE_WRITE) needed += cellsFor(load<u32>(answerAt(i), 8));
  }
  return hasCells(needed, released);
}

/** The records' new values. */
function changeAll(): void {
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (changeOf(i) != CHANGE_KEEP) dropValue(slotOfCall(i));
  }
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (changeOf(i) != CHANGE_WRITE) continue;
    const value = ANSWER_VALUES + <usize>i * SERVICE_CALL_BYTES_MAX;
    giveValue(slotOfCall(i), value, load<u32>(answerAt(i), 8));
  }
}
