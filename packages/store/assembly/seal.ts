// SPDX-License-Identifier: Apache-2.0
/**
 * Brings everything back to the tree, hot slots included, so that the root alone is left in its slot: then its value names the state of the
 * whole store. No calls run meanwhile. Goes in rounds: the nodes that a round fetched, for what lies below them, are what the next round puts
 * back, each closer to the root than what it was fetched for.
 *
 * One of several workers is left with the nodes of its groups (tops.ts), which it hands back to thread 0; the epoch ends when that has them all.
 */
import { startChanges } from "./changes";
import { startEpoch } from "./clock";
import { deferredFrom } from "./deferred-elements";
import { hasLinkedChild, parentOf, placeOf } from "./element";
import { IN_TREE } from "./layout";
import { hasLogRoom, logNextEpoch, logVerifyEpoch } from "./log";
import { demote } from "./placement";
import { setSealing } from "./policy";
import { elementIn, slotCount } from "./slots";
import { addToRound, clearRound, sortSweep, sweepAt, sweepCount } from "./sweep";

let isBegun: bool = false;
let done: u32 = 0;

/** Looks at no more than `budget` elements; true when everything is home, false also when the log must be taken first. */
export function continueSeal(budget: u32): bool {
  if (!isBegun) begin();
  for (; budget != 0 && hasLogRoom(); budget--) {
    if (done == sweepCount && !nextRound()) {
      end();
      return true;
    }
    const element = sweepAt(done++);
    // It may have gone as a victim, or still hold children: then a later round finds it.
    if (placeOf(element) != IN_TREE && !hasLinkedChild(element)) demote(element);
  }
  return false;
}

function begin(): void {
  isBegun = true;
  setSealing(true);
  clearRound();
  done = 0;
}

function end(): void {
  isBegun = false;
  setSealing(false);
  clearRound();
}

/** Everything is home: the epoch is over and committed. */
export function endSealed(): void {
  logNextEpoch();
  startEpoch();
  logVerifyEpoch();
  startChanges();
}

/** Everything outside the tree that could leave now, as far as a round can take it. */
function nextRound(): bool {
  clearRound();
  done = 0;
  for (let slot: u32 = 0; slot < slotCount; slot++) {
    const element = elementIn(slot);
    if (element != 0 && parentOf(element) != 0 && !hasLinkedChild(element)) addToRound(element);
  }
  let element = deferredFrom(0);
  while (element != 0 && addToRound(element)) element = deferredFrom(element + 1);
  sortSweep();
  return sweepCount != 0;
}
