// SPDX-License-Identifier: Apache-2.0
/**
 * The nodes at which this worker's share of the tree begins: the root alone, or one node for each group of keys that the worker owns. Keys
 * with the same low bits, where paths begin, are a group (PROTOCOL §1: an inner node goes to another thread through deferred memory). These
 * nodes have no parent here, so they stay in slots.
 */
import { advanceBeyond } from "./clock";
import { setTime } from "./element";
import { DEPTH, KEY, newNode, TOPS } from "./layout";
import { logAddBFrom } from "./log";
import { settle } from "./placement";
import { BYTES, GROUP_BITS_MAX } from "./profile";
import { occupySlot } from "./slots";

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

/** Takes over the node of a group, which thread 0 created without children and evicted at `time`. */
export function adoptTop(group: u32, time: u64): void {
  const node = newNode();
  store<u64>(node, BYTES ? <u64>group : (<u64>group) | (groupMask + 1), KEY);
  if (BYTES) store<u16>(node, bits, DEPTH);
  setTime(node, time);
  const slot = occupySlot(node);
  logAddBFrom(node, slot, MAKER);
  advanceBeyond(time);
  settle(node, slot, 0);
  setTop(group, node);
  topCount++;
}
