// SPDX-License-Identifier: Apache-2.0
/**
 * Records that calls brought in from the tree, each with the path above it. A record that is used for the first time in a long while may
 * not be used again for as long: it stays under its node, and with the path it goes back where it came from (visits.ts). Only who comes
 * often (uses.ts) moves to deferred memory, where it costs a renewal in every epoch.
 */
import { VISITORS, VISITORS_MAX } from "./layout";

/** Where in the ring the oldest visitor stands, and how many there are. */
let oldest: u32 = 0;
export let visitorCount: u32 = 0;

// @ts-ignore: decorator
@inline
function place(number: u32): usize {
  return VISITORS + ((<usize>(number % VISITORS_MAX)) << 2);
}

export function forgetVisitors(): void {
  visitorCount = 0;
}

/** Those for whom there is no room leave their slots when their turn comes. */
export function noteVisitor(record: usize): void {
  if (visitorCount == VISITORS_MAX) return;
  store<u32>(place(oldest + visitorCount), <u32>record);
  visitorCount++;
}

/** Takes the oldest out; there must be one. */
export function nextVisitor(): usize {
  const record = <usize>load<u32>(place(oldest));
  oldest = (oldest + 1) % VISITORS_MAX;
  visitorCount--;
  return record;
}
