// SPDX-License-Identifier: Apache-2.0
/** The framing of every call of profile `bytes` (docs/formats.md §2): request id, slots, argument. All are addresses in the frame. */
import { readU16 } from "./decode";
import { CALL_SLOTS } from "./layout";
import { ARGUMENT_BYTES_MAX, CALL_SLOTS_MAX, REQUEST_ID_BYTES } from "./profile";

/** The parsed call: request id (0: none), number of its slots, which stand at CALL_SLOTS, and argument. */
export let requestId: usize = 0;
export let slotsOfCall: u32 = 0;
export let argument: usize = 0;
export let argumentBytes: u32 = 0;

/** `u8 flag ‖ request id if flag = 1 ‖ u8 slot count ‖ u16 slots ‖ argument`. */
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
