// SPDX-License-Identifier: Apache-2.0
/**
 * The log writer: one function per entry (docs/formats.md §2). Whoever starts an operation made sure that there is room for it. Profile
 * `bytes` may take several frames for one operation, and ends each between two entries.
 */
import { copyBytes } from "@zeta/hashes/copy";
import { thread } from "./clock";
import { pathOf, slotOf, timeOf } from "./element";
import { writeRecord } from "./encode";
import { CALL_RECORDS, FRAME_ENDS, isNode, LOG, VALUE_LENGTH } from "./layout";
import { BYTES, FRAME_BYTES_MAX, LOG_BYTES, OPERATION_LOG_BYTES, REQUEST_ID_BYTES } from "./profile";

const ADD_M: u8 = 0;
const ADD_B: u8 = 1;
const EVICT_M: u8 = 2;
const EVICT_B: u8 = 3;
const EVICT_BM: u8 = 4;
const NEXT_EPOCH: u8 = 5;
const VERIFY_EPOCH: u8 = 6;
const RUN_APP_TAG: u8 = 7;

/** RunApp's tag, function 0, the length 18 of its payload: its first six bytes, as a little-endian number. */
const RUN_APP: u64 = 0x120000000007;

/** Address after the last entry. */
let end: usize = LOG;

/** `bytes`: frames that are full, and where the present one began. */
let frameCount: u32 = 0;
let frameStart: usize = LOG;

export function clearLog(): void {
  end = LOG;
  frameCount = 0;
  frameStart = LOG;
}

/** Ends the frame; returns how many there are (`bytes`). Their ends stand at FRAME_ENDS, counted from LOG. */
export function cutFrame(): u32 {
  if (end != frameStart) {
    store<u32>(FRAME_ENDS + ((<usize>frameCount) << 2), <u32>(end - LOG));
    frameCount++;
    frameStart = end;
  }
  return frameCount;
}

/** Everything of an entry but value, argument and request id takes less. */
const ENTRY_HEAD_BYTES: usize = 256;

/** Makes room for an entry in this frame or the next: `variable` bytes besides its head. */
// @ts-ignore: decorator
@inline
function begin(variable: u32): void {
  if (!BYTES) return;
  if (end - frameStart + ENTRY_HEAD_BYTES + <usize>variable > <usize>FRAME_BYTES_MAX) cutFrame();
}

// @ts-ignore: decorator
@inline
function beginRecord(element: usize): void {
  if (BYTES) begin(isNode(element) ? 0 : load<u32>(element, VALUE_LENGTH));
}

export function logLength(): u32 {
  return <u32>(end - LOG);
}

// @ts-ignore: decorator
@inline
export function hasLogRoom(): bool {
  return end - LOG <= <usize>(LOG_BYTES - OPERATION_LOG_BYTES);
}

// @ts-ignore: decorator
@inline
function writeU16(at: usize, value: u32): usize {
  store<u16>(at, bswap<u16>(<u16>value));
  return at + 2;
}

// @ts-ignore: decorator
@inline
function writeTime(at: usize, time: u64): usize {
  store<u64>(at, bswap<u64>(time));
  return at + 8;
}

export function logAddM(element: usize, slot: u32, parent: usize): void {
  beginRecord(element);
  store<u8>(end, ADD_M);
  end = writeU16(writeU16(writeRecord(end + 1, element), slot), slotOf(parent));
}

/** The timestamp and, since a worker only takes back what it evicted itself, its own number. */
export function logAddB(element: usize, slot: u32): void {
  logAddBFrom(element, slot, thread);
}

/** The same of what another thread evicted. */
export function logAddBFrom(element: usize, slot: u32, evictedBy: u32): void {
  beginRecord(element);
  store<u8>(end, ADD_B);
  const at = writeU16(writeRecord(end + 1, element), slot);
  end = writeU16(writeTime(at, timeOf(element)), evictedBy);
}

export function logEvictM(slot: u32, parent: usize): void {
  begin(0);
  store<u8>(end, EVICT_M);
  end = writeU16(writeU16(end + 1, slot), slotOf(parent));
}

// @ts-ignore: decorator
@inline
export function logEvictB(slot: u32, time: u64): void {
  begin(0);
  store<u8>(end, EVICT_B);
  end = writeTime(writeU16(end + 1, slot), time);
}

export function logEvictBM(slot: u32, parent: usize, time: u64): void {
  begin(0);
  store<u8>(end, EVICT_BM);
  end = writeTime(writeU16(writeU16(end + 1, slot), slotOf(parent)), time);
}

export function logNextEpoch(): void {
  begin(0);
  store<u8>(end, NEXT_EPOCH);
  end++;
}

export function logVerifyEpoch(): void {
  begin(0);
  store<u8>(end, VERIFY_EPOCH);
  end++;
}

/** RunApp of vget (0) or vput (1): u64 key ‖ u64 value ‖ u16 slot. */
// @ts-ignore: decorator
@inline
export function logRunApp(functionNumber: u32, record: usize, value: u64): void {
  store<u64>(end, RUN_APP | ((<u64>functionNumber) << 8));
  store<u64>(end, bswap<u64>(pathOf(record)), 6);
  store<u64>(end, bswap<u64>(value), 14);
  end = writeU16(end + 22, slotOf(record));
}

/**
 * RunApp in profile `bytes`: u8 flag ‖ request id, unless it is 0 ‖ u8 count ‖ u16 slots of CALL_RECORDS ‖ argument.
 */
export function logCall(
  functionNumber: u32,
  requestId: usize,
  count: u32,
  argument: usize,
  argumentBytes: u32,
): void {
  const idBytes = requestId == 0 ? 0 : REQUEST_ID_BYTES;
  const payloadBytes = 2 + idBytes + 2 * count + argumentBytes;
  begin(payloadBytes);
  store<u8>(end, RUN_APP_TAG);
  store<u8>(end, functionNumber, 1);
  store<u32>(end, bswap<u32>(payloadBytes), 2);
  store<u8>(end, requestId != 0, 6);
  let at = end + 7;
  if (requestId != 0) v128.store(at, v128.load(requestId));
  at += idBytes;
  store<u8>(at, count);
  at++;
  for (let i: usize = 0; i < <usize>count; i++) {
    at = writeU16(at, slotOf(<usize>load<u32>(CALL_RECORDS + (i << 2))));
  }
  copyBytes(at, argument, argumentBytes);
  end = at + argumentBytes;
}
