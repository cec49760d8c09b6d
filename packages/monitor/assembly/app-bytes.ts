// SPDX-License-Identifier: Apache-2.0
/**
 * The application of profile `bytes`: get, put and delete of keys and values of any length (docs/formats.md §2), and mini-transactions
 * (app-transact.ts). The payload is parsed to its last byte before the slots are looked at, and nothing changes before everything has
 * been checked.
 */
import { blake3 } from "@zeta/hashes/blake3";
import { callTransact } from "./app-transact";
import { argument, argumentBytes, parsePayload, requestId, slotsOfCall } from "./call-framing";
import { checkSlots, dropValue, giveValue, holdsKey, slotOfCall } from "./call-records";
import { H_count, L_memory, R_consume, R_fid, R_key, T_ring } from "./checks";
import { readU16 } from "./decode";
import { countOperation, epochEntry } from "./epochs";
import {
  ARGUMENT_DIGEST,
  RESULT_DIGEST,
  SCRATCH,
  SLOT_PRESENT,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { DONE, refuse, refuseCall } from "./outcome";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./profile";
import { addReceipt, canAppend } from "./receipts";
import { clock, epochOf } from "./state";
import { copyValueOut, hasRoom } from "./value-memory";

const GET: u32 = 0;
const PUT: u32 = 1;
const TRANSACT: u32 = 3;
/** Every function but the last touches one record. */
const ARITY: u32 = 1;

/** Within the argument key and value: addresses in the frame. */
let key: usize = 0;
let keyBytes: u32 = 0;
let value: usize = 0;
let valueBytes: u32 = 0;

/** §4.8 RunApp. */
export function callBytes(functionId: u32, payload: usize, length: u32): i32 {
  if (functionId > TRANSACT) return refuseCall(R_fid);
  if (!parsePayload(payload, length)) return refuseCall(R_consume);
  if (functionId == TRANSACT) return callTransact(functionId);
  if (!parseArgument(functionId)) return refuseCall(R_consume);
  if (slotsOfCall != ARITY) return refuseCall(R_consume);
  const refusal = checkSlots();
  if (refusal) return refuseCall(refusal);

  const slot = slotOfCall(0);
  if (!holdsKey(slot, key, keyBytes)) return refuseCall(R_key);
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
  if (functionId != GET) dropValue(slot);
  if (functionId == PUT) giveValue(slot, value, valueBytes);
  countOperation();
  return DONE;
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
