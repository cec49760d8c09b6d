// SPDX-License-Identifier: Apache-2.0
/** The application of profile `kv64`: vget and vput, as in the reference (docs/formats.md §2). */
import { R_app, R_consume, R_fail, R_fid, R_key, R_slot } from "./checks";
import { readU16 } from "./decode";
import { countOperation } from "./epochs";
import {
  KIND_APPLICATION,
  KV64_KEY,
  KV64_VALUE,
  SLOT_PRESENT,
  slotAt,
} from "./layout";
import { DONE, refuseCall } from "./outcome";
import { isUsed, kindOf } from "./slots";

/** vget is 0. */
const VPUT: u32 = 1;
/** u64 key, u64 value, u16 slot. */
const PAYLOAD_BYTES: u32 = 18;

/** §4.8 for one slot: R.distinct has nothing to compare. */
export function callKv64(functionId: u32, payload: usize, length: u32): i32 {
  if (functionId > VPUT) return refuseCall(R_fid);
  if (length != PAYLOAD_BYTES) return refuseCall(R_consume);
  const s = readU16(payload + 16);
  if (!isUsed(s)) return refuseCall(R_slot);
  const slot = slotAt(s);
  if (kindOf(slot) != KIND_APPLICATION) return refuseCall(R_app);
  // The log's bytes are compared as they are: both sides are u64 big endian.
  if (load<u64>(payload) != load<u64>(slot, KV64_KEY)) return refuseCall(R_key);
  const value = load<u64>(payload, 8);
  const agrees = <u32>load<u8>(slot, SLOT_PRESENT) & <u32>(load<u64>(slot, KV64_VALUE) == value);
  // Whether it is a vget or a vput nobody can predict: both do the same, and a vget that agrees writes what is there.
  if (!(agrees | functionId)) return refuseCall(R_fail);
  store<u64>(slot, value, KV64_VALUE);
  store<u8>(slot, 1, SLOT_PRESENT);
  countOperation();
  return DONE;
}
