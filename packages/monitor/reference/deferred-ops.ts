// SPDX-License-Identifier: Apache-2.0

import type { BaseKey } from "@zeta/protocol/base-key";
import { ROOT } from "@zeta/protocol/base-key";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { COUNTER_MAX, type Timestamp } from "@zeta/protocol/timestamp";
import { isBelow, isSmaller, sameKey, side } from "./base-key.ts";
import { addElement } from "./epochs.ts";
import { demand } from "./rules.ts";
import { descriptorOf, type Entry, setDescriptor, type ThreadState } from "./state.ts";

type AddB = Extract<LogEntry, { type: "AddB" }>;
type EvictB = Extract<LogEntry, { type: "EvictB" }>;
type EvictBM = Extract<LogEntry, { type: "EvictBM" }>;

/**
 * §4.3 AddB: brings a record in from deferred memory, as the host says it was evicted. Nothing is
 * verified here: the claim goes into the add set of its epoch, and an epoch whose add and evict
 * sets differ is never certified.
 */
export function addB(state: ThreadState, { record, slot, time, thread }: AddB): void {
  const { rules } = state;
  demand("B.bounds", state.isSlot(slot));
  // B.type holds by the encoding, as M.type does.
  rules.check("B.root", !sameKey(state.baseKey(record), ROOT));
  rules.check("B.slot", !state.slots.has(slot));
  rules.check("B.epoch", state.lastVerified === null || state.lastVerified < time.epoch);
  // H.epochOfT: the element belongs to the epoch it was evicted in, which may be past or future to
  // this thread's clock.
  const epoch = rules.does("H.epochOfT") ? time.epoch : state.clock.epoch;
  addElement(state, "add", epoch, { record, time, thread });
  rules.check("C.ovf", time.counter < COUNTER_MAX);
  if (record.kind === "app") rules.check("L.memory", state.hasRoomFor([record.value], []));

  const after = { epoch: time.epoch, counter: (time.counter + 1) % (COUNTER_MAX + 1) };
  if (rules.does("B.clock")) advanceTo(state, after);
  state.slots.set(slot, { record, method: "B", children: [null, null], parent: null });
}

/**
 * B.clock: later evicts must be later than the evict this add consumed. B.lekreset: equal time
 * keeps the last evicted key.
 */
function advanceTo(state: ThreadState, time: Timestamp): void {
  const advances = isEarlier(state.clock, time);
  if (advances || !state.rules.does("B.lekreset")) state.lastEvicted = ROOT;
  if (advances) state.clock = time;
}

/** §4.4 EvictB: hands a record that came from deferred memory back to it. */
export function evictB(state: ThreadState, { slot, time }: EvictB): void {
  const { rules } = state;
  const { entry, key } = evictable(state, slot, time);
  rules.check("V.badd", entry.method === "B");
  leave(state, entry, key, slot, time);
}

/**
 * §4.5 EvictBM: hands a record that came from the tree over to deferred memory. The parent keeps
 * its stale hash and remembers that it must not be used.
 */
export function evictBM(state: ThreadState, { slot, parent: parentSlot, time }: EvictBM): void {
  const { rules } = state;
  const { entry, key } = evictable(state, slot, time);
  const parent = state.slots.get(parentSlot);
  demand("W.slots", parent !== undefined && slot !== parentSlot);
  rules.check("W.madd", entry.method === "M");
  const parentKey = state.baseKey(parent.record);
  demand("W.desc", isBelow(key, parentKey));
  const direction = side(key, parentKey.depth);
  const known = descriptorOf(parent.record, direction);
  demand("W.ptr", known !== null && sameKey(known.key, key));
  rules.check("W.blum", !known.inDeferred);
  rules.check("W.par", entry.parent?.slot === parentSlot && entry.parent.direction === direction);

  leave(state, entry, key, slot, time);
  if (rules.does("W.setB")) setDescriptor(parent, direction, { ...known, inDeferred: true });
}

/** The checks that both evicts into deferred memory share. */
function evictable(state: ThreadState, slot: number, time: Timestamp) {
  const { rules } = state;
  const entry = state.slots.get(slot);
  demand("V.slot", entry !== undefined);
  const key = state.baseKey(entry.record);
  rules.check("V.root", !sameKey(key, ROOT));
  rules.check("V.time", isLater(state, time, key));
  rules.check("V.kids", entry.children[0] === null && entry.children[1] === null);
  return { entry, key };
}

/**
 * V.time: (clock, last evicted key) < (t, k), so that no thread ever evicts the same element twice;
 * strictly (V.strict).
 */
function isLater(state: ThreadState, time: Timestamp, key: BaseKey): boolean {
  const { clock, lastEvicted } = state;
  if (isEarlier(clock, time)) return true;
  if (isEarlier(time, clock)) return false;
  return (
    isSmaller(lastEvicted, key) || (!state.rules.does("V.strict") && sameKey(lastEvicted, key))
  );
}

/**
 * The record leaves its slot for the evict set of its epoch, signed with this thread's own number.
 */
function leave(
  state: ThreadState,
  entry: Entry,
  key: BaseKey,
  slot: number,
  time: Timestamp,
): void {
  const element = { record: entry.record, time, thread: state.options.id };
  addElement(state, "evict", time.epoch, element);
  if (state.rules.does("V.clock")) {
    state.clock = time;
    state.lastEvicted = key;
  }
  state.slots.delete(slot);
  if (entry.parent !== null) {
    const above = state.slots.get(entry.parent.slot);
    if (above !== undefined) above.children[entry.parent.direction] = null;
  }
}

function isEarlier(a: Timestamp, b: Timestamp): boolean {
  return a.epoch !== b.epoch ? a.epoch < b.epoch : a.counter < b.counter;
}
