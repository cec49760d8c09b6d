// SPDX-License-Identifier: Apache-2.0
/** The scalars of a thread's state (PROTOCOL §3). Slots, last evicted key and accumulators live in memory (layout.ts). */
import { setRoot } from "./base-key";
import { LAST_EVICTED } from "./layout";

/** This thread's number, a constant of its life. */
export let threadId: u32 = 0;
/** N: slots 0..N-1 exist. */
export let slotCount: u32 = 0;
/** The clock: epoch in the high half, counter in the low half, so that the order of timestamps is the order of numbers. */
export let clock: u64 = 0;
/** lve: the last epoch this thread committed, -1 before the first. */
export let lastVerified: i64 = -1;

export const COUNTER_MAX: u32 = 0xffffffff;
export const EPOCH_MAX: u32 = 0xffffffff;

export function initState(id: u32, slots: u32): void {
  threadId = id;
  slotCount = slots;
  clock = 0;
  lastVerified = -1;
  setRoot(LAST_EVICTED);
}

// @ts-ignore: decorator
@inline
export function epochOf(time: u64): u32 {
  return <u32>(time >> 32);
}

// @ts-ignore: decorator
@inline
export function counterOf(time: u64): u32 {
  return <u32>time;
}

// @ts-ignore: decorator
@inline
export function setClock(time: u64): void {
  clock = time;
}

export function setLastVerified(epoch: u32): void {
  lastVerified = <i64>epoch;
}
