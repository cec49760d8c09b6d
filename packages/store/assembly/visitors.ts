// SPDX-License-Identifier: Apache-2.0
/**
 * Records that calls brought in from the tree, each with the path above it. A record that is used for the first time in a long while may
 * not be used again for as long: it stays under its node, and with the path it goes back where it came from (visits.ts). Only who comes
 * often (uses.ts) moves to deferred memory, where it costs a renewal in every epoch.
 */
import { VISITORS, VISITORS_MAX } from "./layout";

export let visitorCount: u32 = 0;

export function clearVisitors(): void {
  visitorCount = 0;
}

/** Those for whom there is no room in the list leave their slots when their turn comes. */
export function noteVisitor(record: usize): void {
  if (visitorCount == VISITORS_MAX) return;
  store<u32>(VISITORS + ((<usize>visitorCount) << 2), <u32>record);
  visitorCount++;
}

export function visitorAt(i: u32): usize {
  return <usize>load<u32>(VISITORS + ((<usize>i) << 2));
}
