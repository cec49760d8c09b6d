// SPDX-License-Identifier: Apache-2.0
/**
 * Brings the records of a group of operations into slots before the first of them runs: all evicts, then all adds, then the calls. One by
 * one, each operation would wait for the memory of the record that must leave; in a group the processor fetches them at once, and both
 * store and monitor meet runs of equal entries, whose branches it predicts. This is thrift only: what is not prepared, because it is cold,
 * new, or was chosen to leave, is brought in by its own operation.
 */
import { tick } from "./clock";
import { placeOf, slotOf } from "./element";
import { BATCH_RECORDS, IN_DEFERRED, KEY, NO_SLOT, SCRATCH, VICTIMS } from "./layout";
import { logEvictB } from "./log";
import { addDeferred, noteHandedOver } from "./placement";
import { elementIn, freeSlots, hasFreeSlot, nextPlainVictim, vacateSlot } from "./slots";
import { countUse } from "./turns";

/** Operations of one group; VICTIMS has room for so many. */
export const GROUP_MAX: u32 = 64;

/** The records from..to-1 of BATCH_RECORDS must be those of the operations, 0 where there is none. */
export function prepareGroup(from: u32, to: u32): void {
  const missing = countMissing(from, to);
  if (missing == 0) return;
  if (missing > freeSlots()) freeMany(missing - freeSlots());
  for (let i = from; i < to && hasFreeSlot(); i++) {
    const record = recordAt(i);
    // Asked again: the group may name a record twice.
    if (record != 0 && placeOf(record) == IN_DEFERRED) addDeferred(record);
  }
}

// @ts-ignore: decorator
@inline
function recordAt(i: u32): usize {
  return <usize>load<u32>(BATCH_RECORDS + ((<usize>i) << 2));
}

/** Also notes that those in slots are used, lest they leave now. */
function countMissing(from: u32, to: u32): u32 {
  let missing: u32 = 0;
  for (let i = from; i < to; i++) {
    const record = recordAt(i);
    if (record == 0) continue;
    const slot = slotOf(record);
    if (slot != NO_SLOT) countUse(slot);
    else if (placeOf(record) == IN_DEFERRED) missing++;
  }
  return missing;
}

/** Hands up to `count` records over to deferred memory; fewer when the hand meets something else. */
function freeMany(count: u32): void {
  const end = VICTIMS + ((<usize>count) << 4);
  let at = VICTIMS;
  let seen: u64 = 0;
  for (; at < end; at += 16) {
    const slot = nextPlainVictim();
    if (slot == NO_SLOT) break;
    const record = elementIn(slot);
    const time = tick();
    logEvictB(slot, time);
    vacateSlot(slot);
    store<u64>(at, <u64>record);
    store<u64>(at, time, 8);
    seen ^= load<u64>(record, KEY);
  }
  // A load whose result nobody uses would not be made.
  store<u64>(SCRATCH, seen);
  for (let done = VICTIMS; done < at; done += 16) {
    noteHandedOver(<usize>load<u64>(done), load<u64>(done, 8));
  }
}
