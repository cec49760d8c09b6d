// SPDX-License-Identifier: Apache-2.0
/** The records of a call: the checks of their slots, and what becomes of their values. */
import { blake3 } from "@zeta/hashes/blake3";
import { sameDigest } from "@zeta/hashes/copy";
import { reverseBytes, sameKey } from "./base-key";
import { slotsOfCall } from "./call-framing";
import { R_app, R_distinct, R_slot } from "./checks";
import {
  CALL_SLOTS,
  DIGEST,
  KEY_BITS,
  KEY_DIGEST,
  KIND_APPLICATION,
  SLOT_PRESENT,
  slotAt,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { isUsed, kindOf } from "./slots";
import { releaseValue, storeValue } from "./value-memory";

/** Address of the slot of record `i`. */
// @ts-ignore: decorator
@inline
export function slotOfCall(i: u32): usize {
  return slotAt(load<u32>(CALL_SLOTS + 4 * i));
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

/** R.key: is the record in the slot the one with this key? */
export function holdsKey(slot: usize, key: usize, keyBytes: u32): bool {
  blake3(key, keyBytes, KEY_DIGEST);
  reverseBytes(DIGEST, KEY_DIGEST);
  return sameDigest(slot + KEY_BITS, DIGEST);
}

/** Takes a record's value away; of several that change, all go before the first new one comes, so that these have the room. */
export function dropValue(slot: usize): void {
  releaseValue(load<u32>(slot, VALUE_PLACE), load<u32>(slot, VALUE_LENGTH));
  store<u8>(slot, 0, SLOT_PRESENT);
  store<u32>(slot, 0, VALUE_LENGTH);
}

/** Gives a record without a value one, for which there is room. */
export function giveValue(slot: usize, value: usize, valueBytes: u32): void {
  store<u8>(slot, 1, SLOT_PRESENT);
  store<u32>(slot, valueBytes, VALUE_LENGTH);
  store<u32>(slot, storeValue(value, valueBytes), VALUE_PLACE);
}
