// SPDX-License-Identifier: Apache-2.0
/**
 * The records of a group of operations that are in the tree. The nodes above each can be found one after the other only, and each may have
 * to come from memory: so the processor is made to climb all the paths at once, before the first of them is logged.
 */
import { childAt, parentOf, pathOf, placeOf } from "./element";
import { CLIMBERS, COLD, IN_TREE, NODE_BYTES, SCRATCH } from "./layout";

export let coldCount: u32 = 0;

export function clearCold(): void {
  coldCount = 0;
}

export function listCold(record: usize): void {
  store<u32>(COLD + ((<usize>coldCount) << 2), <u32>record);
  coldCount++;
}

export function coldAt(i: u32): usize {
  return <usize>load<u32>(COLD + ((<usize>i) << 2));
}

export function setCold(i: u32, element: usize): void {
  store<u32>(COLD + ((<usize>i) << 2), <u32>element);
}

/** Brings into the cache what {@link fetch} will read: the nodes up to the first that is not in the tree, and the keys of their children. */
export function touchPaths(): void {
  let end = CLIMBERS + ((<usize>coldCount) << 2);
  memory.copy(CLIMBERS, COLD, (<usize>coldCount) << 2);
  let seen: u64 = 0;
  while (end != CLIMBERS) {
    let kept = CLIMBERS;
    for (let at = CLIMBERS; at != end; at += 4) {
      const node = parentOf(<usize>load<u32>(at));
      seen ^= pathOf(childAt(node, 0)) ^ pathOf(childAt(node, 1)) ^ load<u64>(node, NODE_BYTES - 8);
      if (placeOf(node) != IN_TREE) continue;
      store<u32>(kept, <u32>node);
      kept += 4;
    }
    end = kept;
  }
  // A load whose result nobody uses would not be made.
  store<u64>(SCRATCH, seen);
}
