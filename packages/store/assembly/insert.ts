// SPDX-License-Identifier: Apache-2.0
/** New records (H2): the tree grows by the record and, unless its place was empty, by a node where its path leaves that of another. */
import {
  changed,
  detach,
  fetch,
  makeRoom,
  pin,
  settle,
  unpin,
} from "./placement";
import {
  childAt,
  firstDifference,
  hashAt,
  leadsTo,
  pathOf,
  setFlags,
  setParent,
  setPath,
  setSide,
  sideAt,
  sideOf,
} from "./element";
import {
  CHANGED,
  isNode,
  LINKED,
  newNode,
  newRecord,
  SIDE_LINKED,
} from "./layout";
import { enter, setKey } from "./key-index";
import { logAddM } from "./log";
import { isMerkleOnly } from "./policy";
import { BYTES } from "./profile";
import { occupySlot } from "./slots";
import { topOf } from "./tops";
import { setNew } from "./uses";

/** Creates the absent record of a key of this worker that the tree has not seen, in a slot. */
export function insert(name: u64): usize {
  const record = newRecord();
  setKey(record, name);
  if (BYTES) setFlags(record, CHANGED);
  setNew(record);
  hang(record);
  enter(record);
  return record;
}

/** Gives a new record, whose path is set, its place in the tree. */
export function hang(record: usize): void {
  const node = nearestNode(record);
  fetch(node, false);
  pin(node);
  const below = childAt(node, sideOf(record, node));
  if (below == 0) attach(record, node);
  else {
    const inner = fork(node, below, record);
    pin(inner);
    attach(record, inner);
    unpin(inner);
  }
  unpin(node);
  if (!isMerkleOnly()) detach(record);
}

/** The deepest node on the record's path. */
function nearestNode(record: usize): usize {
  let node = topOf(pathOf(record));
  let below = node;
  while (below != 0 && isNode(below) && leadsTo(below, record)) {
    node = below;
    below = childAt(node, sideOf(record, node));
  }
  return node;
}

/** AddM of an element that never was, below an empty side. */
function attach(element: usize, parent: usize): void {
  makeRoom(element);
  const slot = occupySlot(element);
  setParent(element, parent);
  logAddM(element, slot, parent);
  describe(parent, sideOf(element, parent), element);
  settle(element, slot, LINKED);
}

/** AddM of a new node on the edge from `node` to `below`. Written while it has no children yet: it must enter with the initial value. */
function fork(node: usize, below: usize, record: usize): usize {
  const inner = newNode();
  makeRoom(inner);
  // Where the path of `below` ends, its leading one differs from nothing that matters: the keys part before.
  setPath(inner, record, firstDifference(below, record));
  const slot = occupySlot(inner);
  setParent(inner, node);
  logAddM(inner, slot, node);

  // The descriptor travels as it is; if `below` hangs in a slot, it hangs under the new node now (M.carryB, M.reparent).
  const side = sideOf(inner, node);
  const from = hashAt(node, side);
  const innerSide = sideOf(below, inner);
  const to = hashAt(inner, innerSide);
  setSide(inner, innerSide, sideAt(node, side));
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  setParent(below, inner);
  describe(node, side, inner);
  settle(inner, slot, LINKED);
  return inner;
}

/** A new child, with the hash that the monitor gives it until it is evicted: zero. */
function describe(node: usize, side: u32, child: usize): void {
  const hash = hashAt(node, side);
  setSide(node, side, <u32>child | SIDE_LINKED);
  v128.store(hash, i64x2.splat(0));
  v128.store(hash, i64x2.splat(0), 16);
  changed(node);
}
