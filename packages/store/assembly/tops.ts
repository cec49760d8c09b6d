// SPDX-License-Identifier: Apache-2.0
/**
 * The nodes at which this worker's share of the tree begins: the root alone, or one node for each group of keys that the worker owns. Keys
 * with the same low bits, where paths begin, are a group (PROTOCOL §1: an inner node goes to another thread through deferred memory). These
 * nodes have no parent here, so they stay in slots, except while the whole tree is at rest: then thread 0 has put them back (seal.ts).
 */
import { advanceBeyond, tick } from "./clock";
import { setSlot, setTime, slotOf } from "./element";
import { DEPTH, KEY, NEVER, newNode, NO_SLOT, TOPS } from "./layout";
import { logAddBFrom, logEvictB } from "./log";
import { settle } from "./placement";
import { BYTES, GROUP_BITS_MAX } from "./profile";
import { occupySlot, vacateSlot } from "./slots";

/** The thread that makes the top of the tree. */
const MAKER: u32 = 0;

/** Nodes of groups, which hold slots for ever. */
export let topCount: u32 = 0;
let bits: u32 = 0;
let groupMask: u64 = 0;

/** Keys are told apart by so many low bits; none are owned yet. */
export function initTops(groupBits: u32): void {
  bits = groupBits;
  groupMask = ((<u64>1) << (<u64>groupBits)) - 1;
  memory.fill(TOPS, 0, (<usize>4) << GROUP_BITS_MAX);
}

/** The node at which the key's path begins in this worker, 0 if another worker owns the key. */
// @ts-ignore: decorator
@inline
export function topOf(key: u64): usize {
  return <usize>load<u32>(TOPS + (<usize>(key & groupMask) << 2));
}

export function setTop(group: u32, node: usize): void {
  store<u32>(TOPS + ((<usize>group) << 2), <u32>node);
}

/** Makes the node of a group, which is in no slot yet. */
export function makeTop(group: u32): usize {
  const node = newNode();
  store<u64>(node, BYTES ? <u64>group : (<u64>group) | (groupMask + 1), KEY);
  if (BYTES) store<u16>(node, bits, DEPTH);
  setSlot(node, NO_SLOT);
  setTime(node, NEVER);
  setTop(group, node);
  topCount++;
  return node;
}

/** Takes over the node of a group, which thread 0 evicted at `time`: made by it without children, or one that was restored or handed back. */
export function adoptTop(group: u32, time: u64): void {
  const known = topOf(<u64>group);
  const node = known == 0 ? makeTop(group) : known;
  setTime(node, time);
  const slot = occupySlot(node);
  logAddBFrom(node, slot, MAKER);
  advanceBeyond(time);
  settle(node, slot, 0);
}

/** Hands the node of a group back to thread 0, when nothing hangs under it any more; returns when it was evicted. */
export function handBackTop(group: u32): u64 {
  const node = topOf(<u64>group);
  const slot = slotOf(node);
  const time = tick();
  logEvictB(slot, time);
  vacateSlot(slot);
  setSlot(node, NO_SLOT);
  setTime(node, time);
  return time;
}

/** How many low bits tell groups apart; 0: this worker owns all keys. */
export function groupBits(): u32 {
  return bits;
}
