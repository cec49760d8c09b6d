// SPDX-License-Identifier: Apache-2.0
/**
 * A store that begins with the records of another one (profile `bytes`), which come in any order: when all are there, the tree is made over
 * them at once. A tree follows from its keys, and from how deep it was ever shared out among workers, since down there every node was made and
 * nodes stay: so this is the one that calls had made. Nothing is logged, since the monitor begins with its root. Sorting by paths, a bit at a time (radix exchange, Knuth, TAOCP 3, 5.2.2), finds the nodes: one wherever both halves have records.
 *
 * Hashes come last: of the records, then of the nodes, from the deepest up. Nodes of one depth do not depend on each other, so they are
 * hashed four at once (hash-lanes.ts).
 */
import {
  hashAt,
  limbAt,
  parentOf,
  pathOf,
  setFlags,
  setParent,
  setPath,
  setSide,
  setSlot,
  setTime,
  sideOf,
  timeOf,
} from "./element";
import { hashSoon, hashWaiting, prepareLanes } from "./hash-lanes";
import { enterAll } from "./key-index";
import { setUnused } from "./last-use";
import {
  DEPTH,
  HASH_CURRENT,
  KEY,
  NEVER,
  newNode,
  NO_SLOT,
  RECORD_BYTES,
  RECORDS,
  recordsEnd,
  REQUESTS,
  SORT_COUNTS,
} from "./layout";
import { readStored } from "./stored-record";
import { groupBits, topOf } from "./tops";

const PATH_BITS: u32 = 256;

/** Takes `count` records at REQUESTS in; false if they do not fit. */
export function restoreRecords(count: u32): bool {
  let at = REQUESTS;
  for (; count != 0; count--) {
    at = readStored(at);
    if (at == 0) return false;
  }
  return true;
}

/** Down to this depth all nodes are there, whatever hangs under them. */
let fullDepth: u32 = 0;

/** Makes tree and index over the records; false if two of them have one key, or one belongs to another worker. */
export function finish(full: u32): bool {
  fullDepth = full;
  memory.fill(SORT_COUNTS, 0, 4 * <usize>PATH_BITS);
  if (!plantGroups(RECORDS, recordsEnd, 0, 0)) return false;
  prepareLanes();
  hashRecords();
  for (let depth = PATH_BITS - 1; depth > 0; depth--) hashNodes(depth);
  enterAll();
  return true;
}

// ---- The shape ---------------------------------------------------------------------------------------------------------------------

/** Hangs records whose paths begin with the `depth` low bits of `path` under the tops of this worker. */
function plantGroups(from: usize, end: usize, depth: u32, path: u32): bool {
  if (depth == groupBits()) {
    const top = topOf(<u64>path);
    return top == 0 ? from == end : plantBelow(from, end, depth, top, path);
  }
  const middle = partition(from, end, depth);
  const right = path | (1 << depth);
  return plantGroups(from, middle, depth + 1, path) && plantGroups(middle, end, depth + 1, right);
}

/** The same under one node, whose path it is. */
function plantBelow(from: usize, end: usize, depth: u32, node: usize, path: u32): bool {
  const middle = partition(from, end, depth);
  if (depth >= fullDepth) {
    return plant(from, middle, depth + 1, node) && plant(middle, end, depth + 1, node);
  }
  const right = path | (1 << depth);
  return plantFull(from, middle, depth + 1, node, path) && plantFull(middle, end, depth + 1, node, right);
}

/** The same under a node that is there even if nothing needs it. */
function plantFull(from: usize, end: usize, depth: u32, parent: usize, path: u32): bool {
  const node = newNode();
  store<u64>(node, <u64>path, KEY);
  store<u16>(node, depth, DEPTH);
  rest(node, depth);
  link(node, parent);
  return plantBelow(from, end, depth, node, path);
}

/** Hangs records whose paths agree in the bits before `depth` under `parent`; false if two are the same. */
function plant(from: usize, end: usize, depth: u32, parent: usize): bool {
  if (from == end) return true;
  if (end - from == RECORD_BYTES) {
    link(from, parent);
    return true;
  }
  for (; depth < PATH_BITS; depth++) {
    const middle = partition(from, end, depth);
    if (middle == from || middle == end) continue;
    const node = nodeAt(from, depth);
    link(node, parent);
    return plant(from, middle, depth + 1, node) && plant(middle, end, depth + 1, node);
  }
  return false;
}

function link(element: usize, parent: usize): void {
  setParent(element, parent);
  setSide(parent, sideOf(element, parent), <u32>element);
}

/** A node of this depth above a record. */
function nodeAt(record: usize, depth: u32): usize {
  const node = newNode();
  setPath(node, record, depth);
  rest(node, depth);
  return node;
}

/** A new node is in the tree, and still to be hashed. */
function rest(node: usize, depth: u32): void {
  setSlot(node, NO_SLOT);
  setFlags(node, HASH_CURRENT);
  setUnused(node);
  const first = unhashedAt(depth);
  setTime(node, <u64>load<u32>(first));
  store<u32>(first, <u32>node);
}

/** The first of the nodes of a depth that are still to be hashed; each has the next one, 0 after the last, where its time will stand. */
// @ts-ignore: decorator
@inline
function unhashedAt(depth: u32): usize {
  return SORT_COUNTS + ((<usize>depth) << 2);
}

/** Brings the records whose path has a zero at `bit` before the others; returns where these begin. */
function partition(from: usize, end: usize, bit: u32): usize {
  const limb = limbAt(0, bit >> 6);
  const mask = (<u64>1) << (<u64>(bit & 63));
  while (from < end) {
    if ((pathOf(from + limb) & mask) == 0) {
      from += RECORD_BYTES;
      continue;
    }
    end -= RECORD_BYTES;
    if ((pathOf(end + limb) & mask) == 0) swap(from, end);
  }
  return from;
}

/** No element points to a record yet. */
function swap(a: usize, b: usize): void {
  for (let i: usize = 0; i < RECORD_BYTES; i += 16) {
    const first = v128.load(a + i);
    v128.store(a + i, v128.load(b + i));
    v128.store(b + i, first);
  }
}

// ---- Hashes ------------------------------------------------------------------------------------------------------------------------

function hashRecords(): void {
  for (let record = RECORDS; record < recordsEnd; record += RECORD_BYTES) hashInParent(record);
  hashWaiting();
}

function hashNodes(depth: u32): void {
  let node = <usize>load<u32>(unhashedAt(depth));
  while (node != 0) {
    const next = <usize>timeOf(node);
    hashInParent(node);
    setTime(node, NEVER);
    node = next;
  }
  hashWaiting();
}

function hashInParent(element: usize): void {
  const parent = parentOf(element);
  hashSoon(element, hashAt(parent, sideOf(element, parent)));
}
