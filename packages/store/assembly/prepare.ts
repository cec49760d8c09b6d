// SPDX-License-Identifier: Apache-2.0
/**
 * Brings the records of a group of operations into slots before the first of them runs: all evicts, then all adds, then the calls. One by
 * one, each operation would wait for the memory of the record that must leave; in a group the processor fetches them at once, and both
 * store and monitor meet runs of equal entries, whose branches it predicts. Records in the tree come last, each with its path. This is thrift
 * only: what is not prepared, because it is new, or was chosen to leave, is brought in by its own operation.
 */
import { tick } from "./clock";
import { clearCold, coldAt, coldCount, listCold, setCold, touchPaths } from "./cold-records";
import { placeOf, slotOf } from "./element";
import { BATCH_RECORDS, IN_DEFERRED, KEY, NO_SLOT, SCRATCH, VICTIMS } from "./layout";
import { hasLogRoom, logEvictB } from "./log";
import { addDeferred, evict, fetch, noteHandedOver, prepareClimb, unpin } from "./placement";
import { elementIn, freeSlots, hasFreeSlot, vacateSlot, victimSlot } from "./slots";
import { countUse, isPlain } from "./turns";
import { endVisit, endVisitAt, lingeringMax, putBackVisit, visitsToEnd } from "./visits";

/** Operations of one group; VICTIMS has room for so many. */
export const GROUP_MAX: u32 = 64;

/** The records from..to-1 of BATCH_RECORDS must be those of the operations, 0 where there is none. */
export function prepareGroup(from: u32, to: u32): void {
  const missing = countMissing(from, to);
  touchPaths();
  if (missing > freeSlots()) freeMany(missing - freeSlots());
  for (let i = from; missing != 0 && i < to && hasFreeSlot(); i++) {
    const record = recordAt(i);
    // Asked again: the group may name a record twice.
    if (record != 0 && placeOf(record) == IN_DEFERRED) addDeferred(record);
  }
  exchangeVisitors();
}

/**
 * One path leaves, the next one comes: the room is there, and the monitor hashes each node that goes back to the tree together with one that
 * comes from it, if nothing else stands between them in the log.
 */
function exchangeVisitors(): void {
  let ends = visitsToEnd();
  let i: u32 = 0;
  for (; i < coldCount && hasLogRoom(); i++) {
    const record = coldAt(i);
    const anchor = prepareClimb(record);
    // The record's place in the list has room for where the visit stopped.
    setCold(i, ends != 0 ? putBackVisit() : 0);
    if (ends != 0) ends--;
    fetch(record, false);
    unpin(anchor);
  }
  // What goes to deferred memory would stand in between.
  while (i != 0) {
    const rest = coldAt(--i);
    if (rest != 0) endVisitAt(rest);
  }
  for (const most = lingeringMax(); ends > most; ends--) endVisit();
}

// @ts-ignore: decorator
@inline
function recordAt(i: u32): usize {
  return <usize>load<u32>(BATCH_RECORDS + ((<usize>i) << 2));
}

/** How many are deferred. Lists those in the tree; notes that those in slots are used, lest they leave now. */
function countMissing(from: u32, to: u32): u32 {
  let missing: u32 = 0;
  clearCold();
  for (let i = from; i < to; i++) {
    const record = recordAt(i);
    if (record == 0) continue;
    const slot = slotOf(record);
    if (slot != NO_SLOT) countUse(slot);
    else if (placeOf(record) == IN_DEFERRED) missing++;
    else listCold(record);
  }
  return missing;
}

/** Makes `count` slots free, or as many as can be: most hold plain records, which are handed over to deferred memory together. */
function freeMany(count: u32): void {
  let at = VICTIMS;
  let seen: u64 = 0;
  for (; count != 0; count--) {
    const slot = victimSlot();
    if (slot == NO_SLOT) break;
    const record = elementIn(slot);
    if (!isPlain(slot)) {
      evict(record);
      continue;
    }
    const time = tick();
    logEvictB(slot, time);
    vacateSlot(slot);
    store<u64>(at, <u64>record);
    store<u64>(at, time, 8);
    at += 16;
    seen ^= load<u64>(record, KEY);
  }
  // A load whose result nobody uses would not be made.
  store<u64>(SCRATCH, seen);
  for (let done = VICTIMS; done < at; done += 16) {
    noteHandedOver(<usize>load<u64>(done), load<u64>(done, 8));
  }
}
