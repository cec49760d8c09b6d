// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { Element } from "./element.ts";

/**
 * Path bits that are compared: enough to tell apart 2^28 random keys. Beyond them any order will
 * do, since order is only thrift. With the depth and the position they fill the 53 bits that a
 * double has for an integer, and the sort needs no comparison function.
 */
const PREFIX_BITS = 28;
const DEPTH_BITS = 5;
const POSITION_BITS = 20;

/** Most elements that can be put in order. */
export const SWEEP_MAX = 2 ** POSITION_BITS;

/**
 * The elements in the order in which they go back to the tree: by path, each node after everything
 * below it. So the nodes above are fetched once, and each is hashed once, when its last child has
 * left (PROTOCOL §10, H7).
 */
export function inSweepOrder(elements: readonly Element[]): Element[] {
  assert(elements.length <= SWEEP_MAX, `at most ${SWEEP_MAX} elements`);
  const keys = new Float64Array(elements.length);
  for (const [i, element] of elements.entries()) keys[i] = sweepRank(element) * SWEEP_MAX + i;
  keys.sort();
  return Array.from(keys, (key) => elements[key % SWEEP_MAX] as Element);
}

/**
 * The first path bits as a number, the first the most significant, bits beyond a node's depth ones:
 * after its descendants. Those that lie on its right edge share that number, so the deeper comes
 * first.
 */
function sweepRank({ bits, depth }: Element): number {
  // The path starts at the least significant bit of the big-endian number.
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | reversedBits(bits[31 - i] ?? 0);
  const open = PREFIX_BITS - Math.min(depth, PREFIX_BITS);
  const prefix = (word >>> (32 - PREFIX_BITS)) + (2 ** open - 1);
  return prefix * 2 ** DEPTH_BITS + open;
}

/** The byte with its bits in the opposite order. */
function reversedBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}
