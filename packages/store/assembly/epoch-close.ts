// SPDX-License-Identifier: Apache-2.0
/**
 * The close of an epoch (H8): every element that is still deferred since then comes in once more and leaves either into the present epoch
 * or into the tree. It goes in steps, between which calls run; what a call touches has moved by itself. Elements in slots need nothing
 * (H11). First the bitmap of deferred elements is walked, in the order of addresses; what is cold waits for the sweep, of which sweep.ts may make several rounds.
 */
import { clock, epochOf, startEpoch } from "./clock";
import { deferredFrom } from "./deferred-elements";
import { flagsOf, hasLinkedChild, leadsTo, parentOf, placeOf, timeOf } from "./element";
import { hasCooled, limitAge } from "./last-use";
import { IN_DEFERRED, IN_SLOT, SWEPT } from "./layout";
import { hasLogRoom, logNextEpoch, logVerifyEpoch } from "./log";
import { demote, evict, renew } from "./placement";
import { demotionsMax } from "./policy";
import { BYTES } from "./profile";
import {
  choose,
  chosen,
  initSweep,
  needsRounds,
  nextRound,
  sortSweep,
  sweepAt,
  takeIntoRound,
} from "./sweep";
import { passEpoch } from "./uses";

// What the close does now.
/** The walk renews what stays warm, and chooses what is demoted. */
const CHOOSING: i32 = 0;
/** Another walk takes what was chosen and belongs to this round. */
const COLLECTING: i32 = 1;
const SWEEPING: i32 = 2;

/** The epoch being closed, -1 if none is. */
export let closing: i64 = -1;
/** Where the walk goes on; past the last element once it is over. */
let position: usize = 0;
let task: i32 = CHOOSING;
/** Are there rounds after this one? */
let inRounds: bool = false;
/** Is the epoch committed, as far as the log goes? */
let committed: bool = false;
/** Next element of the round. */
let swept: u32 = 0;
/** Of this close, for statistics. */
export let renewed: u32 = 0;

/** From now on calls run in the next epoch. */
export function beginClose(): void {
  closing = <i64>epochOf(clock);
  // Nothing was evicted in this epoch, so nothing is left of it. Commit at once: profile `kv64` forgets an epoch that it never saw when it sees
  // a later one (the reference's table rule), which the next operation may bring.
  committed = !BYTES && <u32>clock == 0;
  logNextEpoch();
  if (committed) logVerifyEpoch();
  startEpoch();
  passEpoch();
  position = 0;
  task = CHOOSING;
  renewed = 0;
  initSweep();
}

/** Looks at no more than `budget` elements; true when the epoch is committed, false also when the log must be taken first. */
export function continueClose(budget: u32): bool {
  while (!committed && hasLogRoom()) {
    const element = task == SWEEPING ? sweepAt(swept) : deferredFrom(position);
    // That there is nothing left may be found out for free.
    if (element == 0) {
      if (task == SWEEPING) finishRound();
      else finishWalk();
    } else {
      if (budget-- == 0) return false;
      if (task == SWEEPING) sweep(element, sweepAt(++swept));
      else visit(element);
    }
  }
  if (committed) closing = -1;
  return committed;
}

/** Deals with the next deferred element. */
function visit(element: usize): void {
  position = element + 1;
  if (<i64>epochOf(timeOf(element)) > closing) return;
  if (task == COLLECTING) takeIntoRound(element);
  else decide(element);
}

function finishWalk(): void {
  if (task == CHOOSING) {
    inRounds = needsRounds();
    if (inRounds) {
      finishRound();
      return;
    }
  }
  sortSweep();
  swept = 0;
  task = SWEEPING;
}

function finishRound(): void {
  if (inRounds && nextRound()) {
    task = COLLECTING;
    position = 0;
    return;
  }
  logVerifyEpoch();
  committed = true;
}

/** Warm for another epoch, or cold? */
function decide(element: usize): void {
  limitAge(element);
  if (chosen < demotionsMax && hasCooled(element)) {
    choose(element);
    return;
  }
  renew(element);
  renewed++;
}

/** The next element of the round, 0 if there is none, says how much of the path is still needed. */
function sweep(element: usize, next: usize): void {
  const isLeft = placeOf(element) == IN_DEFERRED && <i64>epochOf(timeOf(element)) <= closing;
  if (!isLeft && !isIdle(element)) return;
  demote(element);
  // What else the sweep brought in leaves at once, or it would drive out everything that calls have brought into slots.
  let above = parentOf(element);
  while (isIdle(above) && (next == 0 || !leadsTo(above, next))) {
    const parent = parentOf(above);
    evict(above);
    above = parent;
  }
}

/** A node that only the sweep brought in, for the sake of its children, which have all left. Nothing is pinned between two steps. */
function isIdle(element: usize): bool {
  if (placeOf(element) != IN_SLOT || (flagsOf(element) & SWEPT) == 0) return false;
  return !hasLinkedChild(element) && parentOf(element) != 0;
}
