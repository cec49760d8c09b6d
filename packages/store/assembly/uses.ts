// SPDX-License-Identifier: Apache-2.0
/**
 * How often calls use a record, in a byte: a count that rises with each stay in a slot, up to seven, and sinks by one in every `recordEpochs`
 * epochs. So the count of a record that is used more often than that climbs to the top, that of any other sinks to nothing, and in between
 * chance decides seldom: the last two uses alone, which a single age tells, would mistake one record in three. Counts sink when they
 * are looked at; each record has its own time of sinking, lest all of them cool in one close.
 */
import { GRAIN_LOG2, USES } from "./layout";
import { recordEpochs } from "./policy";

const COUNT_MAX: u32 = 7;
/** From here on deferred memory is the better place. */
export const WARM_COUNT: u32 = 3;
/** A new record is warm for at least `recordEpochs`. */
const NEW_COUNT: u32 = WARM_COUNT + 1;

// The byte: the count in three bits, and below it the tick, modulo 32, up to which the count has sunk.
const COUNT_SHIFT: u32 = 5;
const TICK_MASK: u32 = 31;
/** Records of which each sinks at another part of the time between two ticks. */
const PHASES: u32 = 64;
const TICK: u32 = 1 << 16;

/** In ticks of 2^16: counts sink by one from one to the next. */
let time: u32 = 0;

/** Of records: time that passes while none is warm makes no difference. */
export function passEpoch(): void {
  if (recordEpochs != 0) time += TICK / recordEpochs;
}

// @ts-ignore: decorator
@inline
function tickOf(record: usize): u32 {
  const phase = <u32>(record >> GRAIN_LOG2) & (PHASES - 1);
  return ((time + phase * (TICK / PHASES)) / TICK) & TICK_MASK;
}

// @ts-ignore: decorator
@inline
function setCount(record: usize, count: u32): void {
  store<u8>(record, (count << COUNT_SHIFT) | tickOf(record), USES);
}

/** The count as it is now. */
// @ts-ignore: decorator
@inline
export function usesOf(record: usize): u32 {
  const known = <u32>load<u8>(record, USES);
  const count = known >> COUNT_SHIFT;
  const sunk = (tickOf(record) - known) & TICK_MASK;
  return recordEpochs == 0 || sunk > count ? 0 : count - sunk;
}

// @ts-ignore: decorator
@inline
export function countOneMore(record: usize): void {
  setCount(record, min(usesOf(record) + 1, COUNT_MAX));
}

export function forgetUses(record: usize): void {
  setCount(record, 0);
}

export function setNew(record: usize): void {
  setCount(record, NEW_COUNT);
}

/** Writes the count down as it is now, lest the tick come round: to be done with whatever the close of an epoch looks at. */
// @ts-ignore: decorator
@inline
export function keepUses(record: usize): void {
  setCount(record, usesOf(record));
}
