// SPDX-License-Identifier: Apache-2.0
/**
 * Epochs as one thread sees them (PROTOCOL §4.6, §4.7, §6): the accumulators of the open epochs, NextEpoch, VerifyEpoch. Epoch e lives in
 * entry e mod 64 (layout.ts).
 */
import { setRoot } from "./base-key";
import { C_ovf, P_clock, T_ring } from "./checks";
import {
  ACCUMULATOR_BYTES,
  ACCUMULATOR_COUNT,
  CONTRIBUTION,
  EPOCH_ADD,
  EPOCH_BYTES,
  EPOCH_EVICT,
  EPOCH_LEAF_COUNT,
  EPOCH_NUMBER,
  EPOCHS,
  LAST_EVICTED,
  OPERATIONS,
} from "./layout";
import { DONE, fail, refuse, YIELDED } from "./outcome";
import { BYTES, THREAD_EPOCHS_OPEN_MAX } from "./profile";
import { receiptsRoot } from "./receipts";
import { drain } from "./set-hash";
import {
  clock,
  EPOCH_MAX,
  epochOf,
  lastVerified,
  setClock,
  setLastVerified,
} from "./state";

/** What VerifyEpoch hands out, at CONTRIBUTION: two accumulators (lanes, count, 8 unused), then these. */
const CONTRIBUTION_OPERATIONS: usize = 96;
const CONTRIBUTION_LEAF_COUNT: usize = 104;
const CONTRIBUTION_EPOCH: usize = 112;
const CONTRIBUTION_ROOT: usize = 128;

/** `kv64`: the highest epoch touched so far, -1 before the first. */
let highest: i64 = -1;

export function initEpochs(): void {
  highest = -1;
  memory.fill(EPOCHS, 0, EPOCH_BYTES * THREAD_EPOCHS_OPEN_MAX + 8 * THREAD_EPOCHS_OPEN_MAX);
}

// @ts-ignore: decorator
@inline
function entryAt(epoch: u32): usize {
  return EPOCHS + <usize>(epoch % THREAD_EPOCHS_OPEN_MAX) * EPOCH_BYTES;
}

/** Is `epoch`, which this thread has not committed, one of the 64 after the last it has? */
// @ts-ignore: decorator
@inline
function inWindow(epoch: u32): bool {
  return <i64>epoch - lastVerified <= <i64>THREAD_EPOCHS_OPEN_MAX;
}

/** The entry of an epoch that this thread has not committed, 0 if it cannot be addressed (T.ring). */
// @ts-ignore: decorator
@inline
export function epochEntry(epoch: u32): usize {
  return BYTES ? windowEntry(epoch) : referenceEntry(epoch);
}

/** `bytes`: untouched epochs of the window are empty, nothing outside it exists, nothing is ever overwritten. */
// @ts-ignore: decorator
@inline
function windowEntry(epoch: u32): usize {
  return inWindow(epoch) ? entryAt(epoch) : 0;
}

/**
 * `kv64`, the reference's rule: touching an epoch above all earlier ones takes its entry over, whatever was in it; any other epoch must
 * still be where it was put.
 */
// @ts-ignore: decorator
@inline
function referenceEntry(epoch: u32): usize {
  const entry = entryAt(epoch);
  if (<i64>epoch > highest) return openEntry(entry, epoch);
  return isOpen(entry, epoch) ? entry : 0;
}

/** An entry's number is kept plus one, so that an entry never used (zero) is no epoch's. */
// @ts-ignore: decorator
@inline
function isOpen(entry: usize, epoch: u32): bool {
  return load<u64>(entry, EPOCH_NUMBER) == <u64>epoch + 1;
}

function openEntry(entry: usize, epoch: u32): usize {
  // Elements may still wait for the epoch that loses its entry.
  drain();
  memory.fill(entry, 0, EPOCH_BYTES);
  store<u64>(entry, <u64>epoch + 1, EPOCH_NUMBER);
  highest = <i64>epoch;
  return entry;
}

/**
 * Counts an application call in the clock's epoch. `kv64` must not touch its table for that: a call outside the window of 64 epochs, which
 * the reference allows, stays uncounted (the number is no part of the reference's verdicts).
 */
// @ts-ignore: decorator
@inline
export function countOperation(): void {
  const epoch = epochOf(clock);
  if (!inWindow(epoch)) return;
  const at = OPERATIONS + ((<usize>(epoch % THREAD_EPOCHS_OPEN_MAX)) << 3);
  store<u64>(at, load<u64>(at) + 1);
}

/** §4.6 NextEpoch. */
export function nextEpoch(): i32 {
  const epoch = epochOf(clock);
  if (epoch == EPOCH_MAX) return fail(C_ovf);
  setClock((<u64>epoch + 1) << 32);
  setRoot(LAST_EVICTED);
  return DONE;
}

/** §4.7 VerifyEpoch, first half: everything up to the aggregate, which is outside and takes or refuses the contribution. */
export function verifyEpoch(): i32 {
  if (lastVerified == <i64>EPOCH_MAX) return fail(C_ovf);
  const epoch = <u32>(lastVerified + 1);
  if (epochOf(clock) <= epoch) return fail(P_clock);
  const entry = epochEntry(epoch);
  if (!entry) return refuse(T_ring);
  writeContribution(entry, epoch);
  return YIELDED;
}

function writeContribution(entry: usize, epoch: u32): void {
  drain();
  memory.copy(CONTRIBUTION, entry, 2 * ACCUMULATOR_BYTES);
  const operations = OPERATIONS + ((<usize>(epoch % THREAD_EPOCHS_OPEN_MAX)) << 3);
  store<u64>(CONTRIBUTION, load<u64>(operations), CONTRIBUTION_OPERATIONS);
  store<u64>(CONTRIBUTION, load<u64>(entry, EPOCH_LEAF_COUNT), CONTRIBUTION_LEAF_COUNT);
  store<u32>(CONTRIBUTION, epoch, CONTRIBUTION_EPOCH);
  receiptsRoot(entry, CONTRIBUTION + CONTRIBUTION_ROOT);
  store<u64>(operations, 0);
}

/**
 * Second half, with the aggregate's answer. P.once: the epoch becomes the last verified one and its entry is emptied, so no thread gives an
 * epoch twice.
 */
export function finishVerifyEpoch(accepted: bool): i32 {
  if (!accepted) return refuse(T_ring);
  const epoch = <u32>(lastVerified + 1);
  setLastVerified(epoch);
  if (BYTES) memory.fill(entryAt(epoch), 0, EPOCH_BYTES);
  return DONE;
}

/**
 * `bytes`: was anything added, evicted or called in an epoch that this thread has not committed? What it has committed is emptied, so
 * whatever the table counts is of an open epoch.
 */
export function hasOpenWork(): bool {
  for (let i: usize = 0; i < <usize>THREAD_EPOCHS_OPEN_MAX; i++) {
    const entry = EPOCHS + i * EPOCH_BYTES;
    if (load<u64>(entry + EPOCH_ADD, ACCUMULATOR_COUNT)) return true;
    if (load<u64>(entry + EPOCH_EVICT, ACCUMULATOR_COUNT)) return true;
    if (load<u64>(OPERATIONS + (i << 3))) return true;
  }
  return false;
}
