// SPDX-License-Identifier: Apache-2.0
/** The log writer: one function per entry (docs/formats.md §2). Whoever starts an operation made sure that there is room for it. */
import { thread } from "./clock";
import { pathOf, slotOf, timeOf } from "./element";
import { writeRecord } from "./encode";
import { LOG } from "./layout";
import { FRAME_BYTES_MAX, OPERATION_LOG_BYTES } from "./profile";

const ADD_M: u8 = 0;
const ADD_B: u8 = 1;
const EVICT_M: u8 = 2;
const EVICT_B: u8 = 3;
const EVICT_BM: u8 = 4;
const NEXT_EPOCH: u8 = 5;
const VERIFY_EPOCH: u8 = 6;

/** RunApp's tag, function 0, the length 18 of its payload: its first six bytes, as a little-endian number. */
const RUN_APP: u64 = 0x120000000007;

/** Address after the last entry. */
let end: usize = LOG;

export function clearLog(): void {
  end = LOG;
}

export function logLength(): u32 {
  return <u32>(end - LOG);
}

// @ts-ignore: decorator
@inline
export function hasLogRoom(): bool {
  return end - LOG <= <usize>(FRAME_BYTES_MAX - OPERATION_LOG_BYTES);
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
  store<u8>(end, ADD_M);
  end = writeU16(writeU16(writeRecord(end + 1, element), slot), slotOf(parent));
}

/** The timestamp and, since a worker only takes back what it evicted itself, its own number. */
export function logAddB(element: usize, slot: u32): void {
  logAddBFrom(element, slot, thread);
}

/** The same of what another thread evicted. */
export function logAddBFrom(element: usize, slot: u32, evictedBy: u32): void {
  store<u8>(end, ADD_B);
  const at = writeU16(writeRecord(end + 1, element), slot);
  end = writeU16(writeTime(at, timeOf(element)), evictedBy);
}

export function logEvictM(slot: u32, parent: usize): void {
  store<u8>(end, EVICT_M);
  end = writeU16(writeU16(end + 1, slot), slotOf(parent));
}

// @ts-ignore: decorator
@inline
export function logEvictB(slot: u32, time: u64): void {
  store<u8>(end, EVICT_B);
  end = writeTime(writeU16(end + 1, slot), time);
}

export function logEvictBM(slot: u32, parent: usize, time: u64): void {
  store<u8>(end, EVICT_BM);
  end = writeTime(writeU16(writeU16(end + 1, slot), slotOf(parent)), time);
}

export function logNextEpoch(): void {
  store<u8>(end, NEXT_EPOCH);
  end++;
}

export function logVerifyEpoch(): void {
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
