// SPDX-License-Identifier: Apache-2.0
/** The monitor's clock, as the log moves it: the epoch in the high half, the counter in the low half (PROTOCOL §4, §5). */

/** This worker's monitor thread. */
export let thread: u32 = 0;
export let clock: u64 = 0;
/** The counter from which on no operation begins: well before its end, so that the epoch's close fits into the rest (PROTOCOL §10, H10). */
let counterMax: u32 = 0;

export function initClock(ownThread: u32, epochCounterMax: u32): void {
  thread = ownThread;
  clock = 0;
  counterMax = epochCounterMax;
}

/** Must this epoch end before the next operation? */
// @ts-ignore: decorator
@inline
export function isExhausted(): bool {
  return <u32>clock >= counterMax;
}

// @ts-ignore: decorator
@inline
export function epochOf(time: u64): u32 {
  return <u32>(time >> 32);
}

/** The time of the next evict. Always a later counter: then the order of keys at one time does not matter (V.time). */
// @ts-ignore: decorator
@inline
export function tick(): u64 {
  return ++clock;
}

/** What AddB of an element with this timestamp does to the clock. */
// @ts-ignore: decorator
@inline
export function advanceBeyond(time: u64): void {
  if (time + 1 > clock) clock = time + 1;
}

/** The clock is at least at this time: entries that this store did not write were logged before its own. */
export function startAt(time: u64): void {
  clock = max(clock, time);
}

export function startEpoch(): void {
  clock = (<u64>epochOf(clock) + 1) << 32;
}
