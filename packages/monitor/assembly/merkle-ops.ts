// SPDX-License-Identifier: Apache-2.0
/**
 * AddM and EvictM: records between the store and the sparse Merkle tree (PROTOCOL §4.1, §4.2). Checks stand in the order of the
 * specification; all of them come before the first effect, but for the one that needs the new node's descriptor.
 */
import { copyBytes, sameDigest } from "@zeta/hashes/copy";
import { copyKey, depthOf, direction, isBelow, sameKey } from "./base-key";
import {
  D_short,
  E_desc,
  E_kids,
  E_par,
  E_ptr,
  E_slots,
  L_memory,
  M_between,
  M_blum,
  M_bounds,
  M_desc,
  M_flagA,
  M_flagB,
  M_hash,
  M_initA,
  M_initC,
  M_parent,
  M_slot,
} from "./checks";
import { advance, cursor, has, readRecord, readU16 } from "./decode";
import {
  childOf,
  descriptorOf,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_HASH,
  DESCRIPTOR_IN_DEFERRED,
  DESCRIPTOR_PRESENT,
  INCOMING,
  KIND_APPLICATION,
  KIND_EMPTY,
  KIND_INTERNAL,
  METHOD_M,
  NO_SLOT,
  setChild,
  SLOT_PRESENT,
  slotAt,
} from "./layout";
import { DONE, fail, malformed, MALFORMED, refuse } from "./outcome";
import {
  clear,
  hangsUnder,
  hasChildren,
  incomingFits,
  install,
  isSlot,
  isUsed,
  kindOf,
  parentOf,
  setParent,
} from "./slots";
import { incomingValueHash, valueHash } from "./value-hash";

/** §4.1 AddM(s, s', record): brings a record in from the tree, or creates it. */
export function addM(): i32 {
  const end = readRecord(cursor);
  if (!end) return MALFORMED;
  if (!has(end, 4)) return malformed(D_short);
  const s = readU16(end), p = readU16(end + 2);
  advance(end + 4);

  if (!isSlot(s) || !isSlot(p)) return fail(M_bounds);
  // M.type: the record's tag decided how its value was read, so key and value are of one kind.
  const slot = slotAt(s), parent = slotAt(p);
  if (kindOf(parent) != KIND_INTERNAL) return fail(M_parent);
  if (!isBelow(INCOMING, parent)) return fail(M_desc);
  if (kindOf(slot) != KIND_EMPTY) return fail(M_slot);

  const d = direction(INCOMING, depthOf(parent));
  const known = descriptorOf(parent, d);
  if (!load<u8>(known, DESCRIPTOR_PRESENT)) return addNew(slot, s, parent, p, d);
  if (sameKey(known, INCOMING)) return addKnown(slot, s, parent, p, d);
  return addBetween(slot, s, parent, p, d);
}

/** Case A: nothing is below the parent on that side, so this key has never existed. */
function addNew(slot: usize, s: u32, parent: usize, p: u32, d: u32): i32 {
  if (!incomingIsInitial()) return fail(M_initA);
  if (childOf(parent, d) != NO_SLOT) return fail(M_flagA);
  describe(descriptorOf(parent, d), INCOMING);
  return hang(slot, s, parent, p, d);
}

/** Case B: the record is exactly the one that the parent describes. */
function addKnown(slot: usize, s: u32, parent: usize, p: u32, d: u32): i32 {
  const known = descriptorOf(parent, d);
  if (!sameDigest(incomingValueHash(), known + DESCRIPTOR_HASH)) return fail(M_hash);
  if (load<u8>(known, DESCRIPTOR_IN_DEFERRED)) return fail(M_blum);
  if (childOf(parent, d) != NO_SLOT) return fail(M_flagB);
  if (!incomingFits()) return refuse(L_memory);
  return hang(slot, s, parent, p, d);
}

/** Case C: a new inner node on the edge from the parent to the record that it describes. */
function addBetween(slot: usize, s: u32, parent: usize, p: u32, d: u32): i32 {
  const known = descriptorOf(parent, d);
  if (!incomingIsInitial()) return fail(M_initC);
  // Nothing lies below an application record, so this also keeps leaves out (M.leafC).
  if (!isBelow(known, INCOMING)) return fail(M_between);
  const below = direction(known, depthOf(INCOMING));
  // M.carryB: key, hash and deferred flag travel together; without the flag the stale hash would admit the record again.
  copyBytes(descriptorOf(INCOMING, below), known, <u32>DESCRIPTOR_BYTES);
  describe(known, INCOMING);
  const child = childOf(parent, d);
  const outcome = hang(slot, s, parent, p, d);
  if (child != NO_SLOT) {
    // M.reparent: the record below is in this store (I1: a child's slot is in use) and now hangs under the new node.
    setChild(slot, below, child);
    setParent(slotAt(child), s, below);
  }
  return outcome;
}

/** The new entry of slot s hangs under slot p. */
function hang(slot: usize, s: u32, parent: usize, p: u32, d: u32): i32 {
  install(slot, METHOD_M);
  setParent(slot, p, d);
  setChild(parent, d, s);
  return DONE;
}

/** Before anything was written: an application record is absent, a node has nothing below. */
function incomingIsInitial(): bool {
  if (kindOf(INCOMING) == KIND_APPLICATION) return !load<u8>(INCOMING, SLOT_PRESENT);
  const left = load<u8>(descriptorOf(INCOMING, 0), DESCRIPTOR_PRESENT);
  const right = load<u8>(descriptorOf(INCOMING, 1), DESCRIPTOR_PRESENT);
  return !left && !right;
}

/**
 * Desc(k, 0, false). The zero hash is no admission: the child flag forbids to add k again, and every evict either overwrites the hash or
 * sets the deferred flag.
 */
function describe(descriptor: usize, key: usize): void {
  store<u8>(descriptor, 1, DESCRIPTOR_PRESENT);
  store<u8>(descriptor, 0, DESCRIPTOR_IN_DEFERRED);
  copyKey(descriptor, key);
  v128.store(descriptor, i64x2.splat(0), DESCRIPTOR_HASH);
  v128.store(descriptor, i64x2.splat(0), DESCRIPTOR_HASH + 16);
}

/** §4.2 EvictM(s, s'): puts a record back into the tree. */
export function evictM(): i32 {
  const at = cursor;
  if (!has(at, 4)) return malformed(D_short);
  const s = readU16(at), p = readU16(at + 2);
  advance(at + 4);

  if (!isUsed(s) || !isUsed(p) || s == p) return fail(E_slots);
  const slot = slotAt(s), parent = slotAt(p);
  // Nothing lies below an application record: past this check the parent is a node.
  if (!isBelow(slot, parent)) return fail(E_desc);
  if (hasChildren(slot)) return fail(E_kids);
  const d = direction(slot, depthOf(parent));
  const known = descriptorOf(parent, d);
  if (!load<u8>(known, DESCRIPTOR_PRESENT) || !sameKey(known, slot)) return fail(E_ptr);
  const attached = parentOf(slot) != NO_SLOT;
  if (attached ? !hangsUnder(slot, p, d) : childOf(parent, d) != NO_SLOT) return fail(E_par);

  // E.hash: always the hash of the value that is in the slot now; there is no "clean" shortcut.
  valueHash(slot, known + DESCRIPTOR_HASH);
  // E.clrB: from here on the tree is the record's place, wherever it came from.
  store<u8>(known, 0, DESCRIPTOR_IN_DEFERRED);
  setChild(parent, d, NO_SLOT);
  clear(slot);
  return DONE;
}
