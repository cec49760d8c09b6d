// SPDX-License-Identifier: Apache-2.0
/**
 * One monitor thread: trusted code that reads a log and believes nothing in it. This file is the table of contents: the exports, the
 * verify loop, and what happens to a thread that has failed. The checks stand in merkle-ops.ts, deferred-ops.ts, epochs.ts and app-*.ts,
 * each with its ID. The module imports nothing; its memory belongs to the loader, which is trusted, and is shared with nobody.
 */
import { finishCall, functionCount, setFunctionCount } from "./app-service";
import { D_tag, F_sticky, L_frame } from "./checks";
import { addB, evictB, evictBM } from "./deferred-ops";
import { advance, cursor, frameEnd, openFrame, setKeyHash } from "./decode";
import { writeKey, writeRecord } from "./encode";
import { finishVerifyEpoch, hasOpenWork, initEpochs, nextEpoch, verifyEpoch } from "./epochs";
import { forgetNodes } from "./incoming-nodes";
import {
  ANSWER,
  childOf,
  CONTRIBUTION,
  EXCHANGE,
  FRAME,
  KIND_EMPTY,
  layoutHolds,
  LEAVES,
  SCRATCH,
  SET_HASH_KEY,
  SLOT_PARENT_DIRECTION,
  placeSlots,
  slotAt,
} from "./layout";
import { addM, evictM } from "./merkle-ops";
import {
  CALLING,
  DONE,
  FAILED,
  failedCheck,
  MALFORMED,
  malformed,
  refuse,
  REFUSED,
  YIELDED,
} from "./outcome";
import { BYTES, FRAME_BYTES_MAX, FUNCTIONS_MAX, SLOTS_MAX } from "./profile";
import { frameLeaves, initReceipts, startLeaves } from "./receipts";
import { runApp } from "./run-app";
import { initSetHash } from "./set-hash";
import { installRoot, isSlot, kindOf, methodOf, parentOf } from "./slots";
import { startAt } from "./start";
import { clock, counterOf, epochOf, initState, lastVerified } from "./state";
import { initValueMemory, usedCells } from "./value-memory";

// Answers of verify and resume: the verdicts in the order of the loader's table, then the reasons to wait for an answer.
const SUCCESS: i32 = 0;
const FAILED_AT_END: i32 = 1;
const PARSING_FAILURE: i32 = 2;
const APP_FAILURE: i32 = 3;
const ENTRY_FAILURE: i32 = 4;
const THREAD_DEAD: i32 = 5;
const BAD_INPUT: i32 = 6;
/** VerifyEpoch: the aggregate must say whether it takes the contribution. */
const YIELD_CONTRIBUTION: i32 = 7;
/** RunApp of a service: EXCHANGE holds the call, the loader must run the function. */
const YIELD_CALL: i32 = 8;

// Life of a thread. Only READY accepts a frame.
const UNBORN: i32 = 0;
const READY: i32 = 1;
const WAITING: i32 = 2;
const DEAD: i32 = 3;
const WAITING_FOR_CALL: i32 = 4;

let life: i32 = 0;
/** The sticky flag: the entry before this point failed. */
let flagged: bool = false;
/** Address of the current entry's first byte. */
let entryStart: usize = 0;

/**
 * Makes the thread: number, slots, key lowering (`kv64`: 1 = BLAKE2b), cap of value memory in cells of 64 bytes. The set-hash key must
 * already stand at {@link setHashKeyAddress}. False if the numbers are out of range or memory is short.
 */
export function init(id: u32, slots: u32, hashedKeys: bool, valueCells: u32): bool {
  if (life != UNBORN || id > 0xffff || slots < 1 || slots > SLOTS_MAX) return false;
  if (!layoutHolds()) return false;
  if (!initValueMemory(placeSlots(slots), valueCells)) return false;
  initState(id, slots);
  initSetHash();
  initEpochs();
  setKeyHash(hashedKeys);
  if (BYTES) initReceipts();
  if (id == 0) installRoot(slotAt(0));
  life = READY;
  return true;
}

/**
 * Lets a fresh thread begin at an epoch; thread 0 with the root value of `rootBytes` bytes at {@link frameAddress}. Once at most, before the
 * first frame; false: the thread is dead.
 */
export function start(epoch: u32, rootBytes: u32): bool {
  if (life == READY && startAt(epoch, rootBytes)) return true;
  life = DEAD;
  return false;
}

/**
 * `bytes`: makes this the monitor of a service of so many functions, which the loader runs, instead of the key-value service. Before the
 * first frame, once.
 */
export function serveFunctions(count: u32): bool {
  if (!BYTES || life != READY || frameEnd != 0 || functionCount != 0) return false;
  if (count < 1 || count > FUNCTIONS_MAX) return false;
  setFunctionCount(count);
  return true;
}

/**
 * Executes the frame of `length` bytes that the loader copied to {@link frameAddress} (D.fetch: it is parsed there and nowhere else, so
 * nobody can change a byte between its check and its use). Returns a verdict, or a reason to call {@link resume}.
 */
export function verify(length: u32): i32 {
  if (length == 0 || length > FRAME_BYTES_MAX) {
    refuse(L_frame);
    return BAD_INPUT;
  }
  startLeaves();
  if (life != READY) {
    // F.sticky: a thread that failed never does anything again.
    refuse(F_sticky);
    return THREAD_DEAD;
  }
  openFrame(FRAME, length);
  forgetNodes();
  return run();
}

/** Goes on after a yield with the answer from outside. */
export function resume(accepted: bool): i32 {
  if (life != WAITING) return THREAD_DEAD;
  life = READY;
  const verdict = settle(finishVerifyEpoch(accepted));
  return verdict == SUCCESS ? run() : verdict;
}

/** Goes on after {@link YIELD_CALL}: 0 the answer stands in ANSWER, 1 the argument is none, 2 the function refused. */
export function resumeCall(status: u32): i32 {
  if (!BYTES || life != WAITING_FOR_CALL) return THREAD_DEAD;
  life = READY;
  const verdict = settle(finishCall(status));
  return verdict == SUCCESS ? run() : verdict;
}

/** Entry by entry, until the end of the frame or the first refusal. */
function run(): i32 {
  while (cursor < frameEnd) {
    entryStart = cursor;
    if (flagged) return die(ENTRY_FAILURE);
    advance(entryStart + 1);
    const outcome = execute(load<u8>(entryStart));
    if (outcome == DONE) continue;
    const verdict = settle(outcome);
    if (verdict != SUCCESS) return verdict;
  }
  return flagged ? die(FAILED_AT_END) : SUCCESS;
}

/** The eight operations of PROTOCOL §4, by tag. */
// @ts-ignore: decorator
@inline
function execute(tag: u8): i32 {
  switch (tag) {
    case 0: return addM();
    case 1: return addB();
    case 2: return evictM();
    case 3: return evictB();
    case 4: return evictBM();
    case 5: return nextEpoch();
    case 6: return verifyEpoch();
    case 7: return runApp();
    default: return malformed(D_tag);
  }
}

/** What an entry's outcome means for the frame; SUCCESS: go on. */
function settle(outcome: i32): i32 {
  if (outcome == DONE) return SUCCESS;
  if (outcome == FAILED) {
    flagged = true;
    return SUCCESS;
  }
  if (outcome == YIELDED) {
    life = WAITING;
    return YIELD_CONTRIBUTION;
  }
  if (outcome == CALLING) {
    life = WAITING_FOR_CALL;
    return YIELD_CALL;
  }
  if (outcome == REFUSED) return die(ENTRY_FAILURE);
  return die(outcome == MALFORMED ? PARSING_FAILURE : APP_FAILURE);
}

/** F.sticky, failed-excluded: a dead thread executes nothing, so it commits no epoch and none is certified without it. */
function die(verdict: i32): i32 {
  life = DEAD;
  return verdict;
}

// ---- What the loader reads ---------------------------------------------------------------------------------------------------------

/** Offset in the frame where a refusal is reported; the frame's length for a failure at its end. */
export function position(): u32 {
  return <u32>((flagged && cursor == frameEnd ? cursor : entryStart) - FRAME);
}

/** Number of the check that refused last. */
export function check(): i32 {
  return failedCheck;
}

export function failed(): bool {
  return life == DEAD;
}

export function clockEpoch(): u32 {
  return epochOf(clock);
}

export function clockCounter(): u32 {
  return counterOf(clock);
}

export function hasVerified(): bool {
  return lastVerified >= 0;
}

export function lastVerifiedEpoch(): u32 {
  return <u32>lastVerified;
}

export { hasOpenWork };

export function setHashKeyAddress(): usize {
  return SET_HASH_KEY;
}

export function frameAddress(): usize {
  return FRAME;
}

export function contributionAddress(): usize {
  return CONTRIBUTION;
}

export function exchangeAddress(): usize {
  return EXCHANGE;
}

export function answerAddress(): usize {
  return ANSWER;
}

export function leavesAddress(): usize {
  return LEAVES;
}

export function leafCount(): u32 {
  return frameLeaves;
}

export function cellsInUse(): u32 {
  return usedCells();
}

// ---- A look into the store, for tests that compare two monitors ---------------------------------------------------------------------

export function slotIsUsed(index: u32): bool {
  return isSlot(index) && kindOf(slotAt(index)) != KIND_EMPTY;
}

export function slotMethod(index: u32): u32 {
  return methodOf(slotAt(index));
}

export function slotChild(index: u32, direction: u32): u32 {
  return childOf(slotAt(index), direction);
}

export function slotParent(index: u32): u32 {
  return parentOf(slotAt(index));
}

export function slotParentDirection(index: u32): u32 {
  return load<u16>(slotAt(index), SLOT_PARENT_DIRECTION);
}

/** Writes base key and record of a used slot, as in the log, to {@link scratchAddress}; returns their length. */
export function describeSlot(index: u32): u32 {
  const slot = slotAt(index);
  return <u32>(writeRecord(writeKey(SCRATCH, slot), slot) - SCRATCH);
}

export function scratchAddress(): usize {
  return SCRATCH;
}
