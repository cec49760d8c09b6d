// SPDX-License-Identifier: Apache-2.0
/**
 * The application of profile `bytes`: get, put and delete of keys and values of any length (docs/formats.md §2). The payload is parsed to
 * its last byte before the slots are looked at, and nothing changes before everything has been checked.
 */
import { blake3 } from "@zeta/hashes/blake3";
import { sameDigest } from "@zeta/hashes/copy";
import { reverseBytes, sameKey } from "./base-key";
import {
  H_count,
  L_memory,
  R_app,
  R_consume,
  R_distinct,
  R_fid,
  R_key,
  R_slot,
  T_ring,
} from "./checks";
import { readU16 } from "./decode";
import { countOperation, epochEntry } from "./epochs";
import {
  ARGUMENT_DIGEST,
  CALL_SLOTS,
  DIGEST,
  KEY_BITS,
  KEY_DIGEST,
  KIND_APPLICATION,
  RESULT_DIGEST,
  SCRATCH,
  SLOT_PRESENT,
  slotAt,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { DONE, refuse, refuseCall } from "./outcome";
import {
  ARGUMENT_BYTES_MAX,
  CALL_SLOTS_MAX,
  KEY_BYTES_MAX,
  REQUEST_ID_BYTES,
  VALUE_BYTES_MAX,
} from "./profile";
import { addReceipt, canAppend } from "./receipts";
import { isUsed, kindOf } from "./slots";
import { clock, epochOf } from "./state";
import { copyValueOut, hasRoom, releaseValue, storeValue } from "./value-memory";

const GET: u32 = 0;
const PUT: u32 = 1;
const DELETE: u32 = 2;
/** Every function touches one record. */
const ARITY: u32 = 1;

/** The parsed call: request id (0: none), argument, and within the argument key and value. All are addresses in the frame. */
export let requestId: usize = 0;
export let slotsOfCall: u32 = 0;
export let argument: usize = 0;
export let argumentBytes: u32 = 0;
let key: usize = 0;
let keyBytes: u32 = 0;
let value: usize = 0;
let valueBytes: u32 = 0;

/** §4.8 RunApp. */
export function callBytes(functionId: u32, payload: usize, length: u32): i32 {
  if (functionId > DELETE) return refuseCall(R_fid);
  if (!parsePayload(payload, length)) return refuseCall(R_consume);
  if (!parseArgument(functionId)) return refuseCall(R_consume);
  if (slotsOfCall != ARITY) return refuseCall(R_consume);
  const refusal = checkSlots();
  if (refusal) return refuseCall(refusal);

  const slot = slotAt(load<u32>(CALL_SLOTS));
  blake3(key, keyBytes, KEY_DIGEST);
  reverseBytes(DIGEST, KEY_DIGEST);
  if (!sameDigest(slot + KEY_BITS, DIGEST)) return refuseCall(R_key);
  // These functions never answer "this must not have happened" (R.fail): an absent record is an answer.

  // A call counts in the clock's epoch, so that epoch must be addressable. These refusals are the monitor's, not the application's.
  const entry = epochEntry(epochOf(clock));
  if (!entry) return refuse(T_ring);
  if (requestId && !canAppend(entry)) return refuse(H_count);
  const before = load<u8>(slot, SLOT_PRESENT) ? load<u32>(slot, VALUE_LENGTH) : 0;
  if (functionId == PUT && !hasRoom(valueBytes, before)) return refuse(L_memory);

  if (requestId) {
    blake3(argument, argumentBytes, ARGUMENT_DIGEST);
    hashResult(functionId, slot);
    addReceipt(entry, requestId, functionId);
  }
  if (functionId != GET) write(slot, functionId == PUT);
  countOperation();
  return DONE;
}

/** `u8 flag ‖ request id if flag = 1 ‖ u8 slot count ‖ u16 slots ‖ argument`. The slots go to CALL_SLOTS. */
export function parsePayload(at: usize, rest: u32): bool {
  if (rest < 1) return false;
  const flag = load<u8>(at);
  if (flag > 1) return false;
  at++;
  rest--;
  requestId = 0;
  if (flag) {
    if (rest < REQUEST_ID_BYTES) return false;
    requestId = at;
    at += REQUEST_ID_BYTES;
    rest -= REQUEST_ID_BYTES;
  }
  if (rest < 1) return false;
  slotsOfCall = load<u8>(at);
  at++;
  rest--;
  if (slotsOfCall > CALL_SLOTS_MAX || rest < 2 * slotsOfCall) return false;
  for (let i: u32 = 0; i < slotsOfCall; i++, at += 2) store<u32>(CALL_SLOTS + 4 * i, readU16(at));
  argument = at;
  argumentBytes = rest - 2 * slotsOfCall;
  return argumentBytes <= ARGUMENT_BYTES_MAX;
}

/** get and delete: the key. put: u16 key length, key, value. */
function parseArgument(functionId: u32): bool {
  value = 0;
  valueBytes = 0;
  if (functionId != PUT) {
    key = argument;
    keyBytes = argumentBytes;
    return keyBytes <= KEY_BYTES_MAX;
  }
  if (argumentBytes < 2) return false;
  keyBytes = readU16(argument);
  if (keyBytes > KEY_BYTES_MAX || keyBytes > argumentBytes - 2) return false;
  key = argument + 2;
  value = key + keyBytes;
  valueBytes = argumentBytes - 2 - keyBytes;
  return valueBytes <= VALUE_BYTES_MAX;
}

/** R.slot, R.app, R.distinct for any number of slots; `ok` (0) if all hold. */
export function checkSlots(): i32 {
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (!isUsed(load<u32>(CALL_SLOTS + 4 * i))) return R_slot;
  }
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    if (kindOf(slotAt(load<u32>(CALL_SLOTS + 4 * i))) != KIND_APPLICATION) return R_app;
  }
  for (let i: u32 = 0; i < slotsOfCall; i++) {
    const a = load<u32>(CALL_SLOTS + 4 * i);
    for (let j = i + 1; j < slotsOfCall; j++) {
      const b = load<u32>(CALL_SLOTS + 4 * j);
      // Equal slots hold equal keys; equal keys in two slots are a doomed duplicate, and refused here all the same.
      if (a == b || sameKey(slotAt(a), slotAt(b))) return R_distinct;
    }
  }
  return 0;
}

/** get: `00`, or `01` and the value. put and delete: was the key present before? */
function hashResult(functionId: u32, slot: usize): void {
  const present = load<u8>(slot, SLOT_PRESENT);
  store<u8>(SCRATCH, present);
  let length: u32 = 1;
  if (functionId == GET && present) {
    const bytes = load<u32>(slot, VALUE_LENGTH);
    copyValueOut(SCRATCH + 1, load<u32>(slot, VALUE_PLACE), bytes);
    length += bytes;
  }
  blake3(SCRATCH, length, RESULT_DIGEST);
}

/** The record's new value: the argument's value, or none. */
function write(slot: usize, present: bool): void {
  releaseValue(load<u32>(slot, VALUE_PLACE), load<u32>(slot, VALUE_LENGTH));
  store<u8>(slot, present, SLOT_PRESENT);
  store<u32>(slot, valueBytes, VALUE_LENGTH);
  store<u32>(slot, storeValue(value, valueBytes), VALUE_PLACE);
}
