// SPDX-License-Identifier: Apache-2.0

import type { Direction } from "@zeta/protocol/base-key";
import { equalBytes } from "@zeta/protocol/bytes";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Descriptor, MerkleValue, ZetaRecord } from "@zeta/protocol/record";
import { isBelow, sameKey, side } from "./base-key.ts";
import { demand } from "./rules.ts";
import { descriptorOf, type Entry, setDescriptor, type ThreadState } from "./state.ts";
import { valueHash } from "./value-hash.ts";

type AddM = Extract<LogEntry, { type: "AddM" }>;
type EvictM = Extract<LogEntry, { type: "EvictM" }>;

/**
 * The hash of a record that was never evicted: unusable, for the child flag forbids to add the
 * record again until an evict.
 */
const NO_HASH = new Uint8Array(32);

/** §4.1 AddM: brings a record in from the Merkle tree, or creates it. */
export function addM(state: ThreadState, { record, slot, parent: parentSlot }: AddM): void {
  const { rules } = state;
  demand("M.bounds", state.isSlot(slot) && state.isSlot(parentSlot));
  // M.type holds by the encoding: a record's kind decides how its key and its value are read.
  const parent = state.slots.get(parentSlot);
  demand("M.parent", parent !== undefined && parent.record.kind === "internal");
  const key = state.baseKey(record);
  const parentKey = state.baseKey(parent.record);
  rules.check("M.desc", isBelow(key, parentKey));
  rules.check("M.slot", !state.slots.has(slot));

  const direction = side(key, parentKey.depth);
  const entry: Entry = {
    record,
    method: "M",
    children: [null, null],
    parent: { slot: parentSlot, direction },
  };
  const known = descriptorOf(parent.record, direction);
  if (known === null) addNew(state, entry, parent, direction);
  else if (sameKey(known.key, key)) addKnown(state, entry, parent, known, direction);
  else addBetween(state, entry, slot, parent, known, direction);
  if (record.kind === "app") rules.check("L.memory", state.hasRoomFor([record.value], []));

  state.slots.set(slot, entry);
  parent.children[direction] = slot;
}

/** Case A: nothing is below the parent on that side, so this key never existed. */
function addNew(state: ThreadState, entry: Entry, parent: Entry, direction: Direction): void {
  state.rules.check("M.initA", isInitial(entry.record));
  state.rules.check("M.flagA", parent.children[direction] === null);
  setDescriptor(parent, direction, freshDescriptor(state, entry.record));
}

/** Case B: the record is exactly the one that the parent describes. */
function addKnown(
  state: ThreadState,
  entry: Entry,
  parent: Entry,
  known: Descriptor,
  direction: Direction,
): void {
  const { rules, options } = state;
  rules.check("M.hash", equalBytes(valueHash(entry.record, options.profile), known.hash));
  rules.check("M.blum", !known.inDeferred);
  rules.check("M.flagB", parent.children[direction] === null);
}

/** Case C: a new inner node on the edge from the parent down to the record it describes. */
function addBetween(
  state: ThreadState,
  entry: Entry,
  slot: number,
  parent: Entry,
  known: Descriptor,
  direction: Direction,
): void {
  const { rules } = state;
  const key = state.baseKey(entry.record);
  rules.check("M.initC", isInitial(entry.record));
  // Nothing is below an application record, so M.between also keeps leaves out (M.leafC).
  rules.check("M.between", isBelow(known.key, key));

  const below = side(known.key, key.depth);
  // M.carryB: if the record below is in deferred memory, the new node must know, or its stale hash
  // would admit it again.
  const inDeferred = rules.does("M.carryB") && known.inDeferred;
  setDescriptor(entry, below, { ...known, inDeferred });
  setDescriptor(parent, direction, freshDescriptor(state, entry.record));

  const childSlot = parent.children[direction];
  if (childSlot !== null && rules.does("M.reparent")) {
    const child = state.slots.get(childSlot);
    demand("M.slot", child !== undefined);
    entry.children[below] = childSlot;
    child.parent = { slot, direction: below };
  }
}

function freshDescriptor(state: ThreadState, record: ZetaRecord): Descriptor {
  return { key: state.baseKey(record), hash: NO_HASH, inDeferred: false };
}

/** Before anything was written: application records are absent, nodes have nothing below. */
function isInitial(record: ZetaRecord): boolean {
  if (record.kind === "app") return record.value === null;
  const value: MerkleValue = record.value;
  return value[0] === null && value[1] === null;
}

/** §4.2 EvictM: puts a record back into the tree; its value's hash goes into the parent. */
export function evictM(state: ThreadState, { slot, parent: parentSlot }: EvictM): void {
  const { rules, options } = state;
  const entry = state.slots.get(slot);
  const parent = state.slots.get(parentSlot);
  demand("E.slots", entry !== undefined && parent !== undefined && slot !== parentSlot);
  const key = state.baseKey(entry.record);
  const parentKey = state.baseKey(parent.record);
  demand("E.desc", isBelow(key, parentKey));
  rules.check("E.kids", entry.children[0] === null && entry.children[1] === null);
  const direction = side(key, parentKey.depth);
  const known = descriptorOf(parent.record, direction);
  rules.check("E.ptr", known !== null && sameKey(known.key, key));
  rules.check("E.par", hangsUnder(entry, parentSlot, parent, direction));

  // E.hash: always the hash of the value that is in the slot now. Keeping the known one for "clean"
  // records looks tempting.
  const isStale = rules.does("E.hash") || known === null || equalBytes(known.hash, NO_HASH);
  const hash = isStale ? valueHash(entry.record, options.profile) : known.hash;
  // E.clrB: from here on the tree is the record's place, wherever it came from.
  const inDeferred = !rules.does("E.clrB") && known?.inDeferred === true;
  setDescriptor(parent, direction, { key, hash, inDeferred });
  parent.children[direction] = null;
  state.slots.delete(slot);
}

/**
 * E.par: the entry was added under exactly this parent; or it came from deferred memory and no copy
 * hangs there.
 */
function hangsUnder(
  entry: Entry,
  parentSlot: number,
  parent: Entry,
  direction: Direction,
): boolean {
  if (entry.parent === null) return parent.children[direction] === null;
  return entry.parent.slot === parentSlot && entry.parent.direction === direction;
}
