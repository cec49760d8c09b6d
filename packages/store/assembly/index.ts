// SPDX-License-Identifier: Apache-2.0
/**
 * The store of one worker: its hot path. Untrusted: what it gets wrong the monitor finds. This file is the table of contents of both
 * profiles; kv64.ts and bytes.ts add how operations come in. The module imports nothing; its memory belongs to the loader, which writes
 * operations into it and takes the log from it.
 */
import { clock, epochOf, initClock, startAt, thread as ownThread } from "./clock";
import { countDeferred } from "./deferred-elements";
import { beginClose, closing, continueClose, renewed } from "./epoch-close";
import { initIndex, positionsFor } from "./key-index";
import {
  isNode,
  KEY,
  LOG,
  newNode,
  NODE_BYTES,
  nodes,
  nodesEnd,
  placeArrays,
  RECORD_BYTES,
  RECORDS,
  recordsEnd,
  SLOT_ELEMENTS,
} from "./layout";
import { clearLog, logLength } from "./log";
import { settle } from "./placement";
import { setPlacement, setWarmth, UNVERIFIED } from "./policy";
import { BYTES, GROUP_BITS_MAX, RECORDS_MAX, SLOTS_MAX, SLOTS_MIN, SWEEP_MAX } from "./profile";
import { hasFreeSlot, initSlots, occupySlot, slotCount, slotsUsed } from "./slots";
import { adoptTop, initTops, setTop } from "./tops";
import { initHeap } from "./value-heap";

let born: bool = false;

/**
 * Makes the store of monitor thread `thread`, once. With 0 group bits it owns all keys; with more, those of the groups that it adopts.
 * `valueCells`: the monitor's value memory (`bytes`). False if the numbers are out of range or memory is short.
 */
export function init(
  slots: u32,
  records: u32,
  placement: u32,
  epochCounterMax: u32,
  thread: u32,
  groupBits: u32,
  valueCells: u32,
): bool {
  if (born || slots < SLOTS_MIN || slots > SLOTS_MAX) return false;
  if (groupBits > GROUP_BITS_MAX) return false;
  if (records < 1 || records > RECORDS_MAX || placement > UNVERIFIED) return false;
  if (!placeArrays(records, positionsFor(records))) return false;
  initIndex();
  initSlots(slots, valueCells);
  if (BYTES) initHeap();
  initClock(thread, epochCounterMax);
  setPlacement(placement);
  initTops(groupBits);
  if (thread == 0) installRoot(groupBits == 0);
  born = true;
  return true;
}

/** The monitor starts with the root in slot 0 of thread 0: no log entry. */
function installRoot(ownsAll: bool): void {
  const root = newNode();
  // Depth 0: for `kv64` a one and no bits below it.
  if (!BYTES) store<u64>(root, 1, KEY);
  settle(root, occupySlot(root), 0);
  if (ownsAll) setTop(0, root);
}

/** Of thread 0: entries up to this time stand in the log before what the store writes, or another instance's log ended before it. */
export function begin(time: u64): void {
  startAt(time);
}

/** Takes over a group of keys, whose node thread 0 evicted at `time`. False: there is no slot for it. */
export function adopt(group: u32, time: u64): bool {
  if (!hasFreeSlot()) return false;
  adoptTop(group, time);
  return true;
}

/** For the next epochs' closes: a record used more than once in so many epochs is warm, a node for so many without use; most demotions
 * per close, and per round of it. False: out of range. */
export function setPolicy(recordEpochs: u32, nodeEpochs: u32, demotions: u32, round: u32): bool {
  if (round < 1 || round > SWEEP_MAX) return false;
  setWarmth(recordEpochs, nodeEpochs, demotions, round);
  return true;
}

export function beginEpochClose(): void {
  beginClose();
}

export function continueEpochClose(budget: u32): bool {
  return continueClose(budget);
}

export function isClosing(): bool {
  return closing >= 0;
}

export function closingEpoch(): u32 {
  return <u32>closing;
}

export function thread(): u32 {
  return ownThread;
}

export function epoch(): u32 {
  return epochOf(clock);
}

export function counter(): u32 {
  return <u32>clock;
}

export function logAddress(): usize {
  return LOG;
}

export function logBytes(): u32 {
  return logLength();
}

/** The log was taken. */
export function takeLog(): void {
  clearLog();
}

// ---- Numbers -----------------------------------------------------------------------------------------------------------------------

export function recordCount(): u32 {
  return <u32>((recordsEnd - RECORDS) / RECORD_BYTES);
}

export function nodeCount(): u32 {
  return <u32>((nodesEnd - nodes) / NODE_BYTES);
}

export function usedSlots(): u32 {
  return slotsUsed();
}

/** Slots that hold records. */
export function hotRecords(): u32 {
  let count: u32 = 0;
  for (let slot: u32 = 0; slot < slotCount; slot++) {
    const element = <usize>load<u32>(SLOT_ELEMENTS + ((<usize>slot) << 2));
    if (element != 0 && !isNode(element)) count++;
  }
  return count;
}

/** Elements that the close going on, or the last one, kept warm. */
export function renewedElements(): u32 {
  return renewed;
}

export function deferredRecords(): u32 {
  return countDeferred(RECORDS, recordsEnd);
}

export function deferredNodes(): u32 {
  return countDeferred(nodes, nodesEnd);
}
