// SPDX-License-Identifier: Apache-2.0
/**
 * The module of profile `bytes`: calls over records with keys and values of any length. The built-in key-value service runs in batches
 * (kv-batch.ts), any other function call by call (call.ts).
 */
import { blake3 } from "@zeta/hashes/blake3";
import {
  CALL_ARGUMENT,
  CALL_REQUEST_ID,
  lookUpKeys,
  runStaged,
  stageNothing,
  stageValue,
  unstageAll,
} from "./call";
import { describe as describeRecord, recordOf } from "./call-records";
import { writeChanges } from "./changes";
import { isExhausted } from "./clock";
import { placeOf, timeOf } from "./element";
import { writeMerkleValue } from "./encode";
import { insert } from "./insert";
import { digestKey, toLimbs } from "./key-digest";
import { isForeignKey, isStoreFull, openBatch, runKv } from "./kv-batch";
import {
  CALL_BEFORE,
  CALL_RECORDS,
  FRAME_ENDS,
  DIGESTS,
  IN_SLOT,
  nodes,
  REQUESTS,
  RESULT_ENDS,
  RESULTS,
} from "./layout";
import { borrowRecord, isOwnKey, lendRecord, takeBackRecord } from "./lend";
import { cutFrame, hasLogRoom } from "./log";
import { describeSlot } from "./inspect";
import { evict, fetch } from "./placement";
import { finish as finishTree, restoreRecords } from "./restore";
import { continueSeal, endSealed } from "./seal";
import { usedCells } from "./slots";
import { handBackTop, makeTop, topOf } from "./tops";
import { changeValue, removeValue } from "./value";
import { heapUsed } from "./value-heap";

export * from "./index";

// ---- The key-value service ---------------------------------------------------------------------------------------------------------

/** {@link requestsAddress} holds `count` requests. */
export function open(count: u32): void {
  openBatch(count);
}

/** Runs requests from..to-1; returns the first that did not run. */
export function run(from: u32, to: u32): u32 {
  return runKv(from, to);
}

/** Did the request not run because the store holds all it can? */
export function isFull(): bool {
  return isStoreFull;
}

/** Did the request not run because another worker owns its key? */
export function isForeign(): bool {
  return isForeignKey;
}

export function requestsAddress(): usize {
  return REQUESTS;
}

export function resultsAddress(): usize {
  return RESULTS;
}

export function resultEndsAddress(): usize {
  return RESULT_ENDS;
}

// ---- Any function ------------------------------------------------------------------------------------------------------------------

export function lookUp(count: u32): bool {
  return lookUpKeys(count);
}

export function stage(record: u32, length: u32): usize {
  return stageValue(record, length);
}

export function stageAbsent(record: u32): void {
  stageNothing(record);
}

export function unstage(count: u32): void {
  unstageAll(count);
}

/** 0: it ran; 1: no room for new records; 2: its records do not fit together. */
export function runCall(functionNumber: u32, withId: bool, argumentBytes: u32, count: u32): u32 {
  return runStaged(functionNumber, withId, argumentBytes, count);
}

/** Per record: u32 address of its value (0: none) and u32 length. */
export function valuesAddress(): usize {
  return CALL_BEFORE;
}

/** Per record: its u32 address, 0 if the store does not know it. */
export function recordsAddress(): usize {
  return CALL_RECORDS;
}

export function requestIdAddress(): usize {
  return CALL_REQUEST_ID;
}

export function argumentAddress(): usize {
  return CALL_ARGUMENT;
}

// ---- Records of other workers ------------------------------------------------------------------------------------------------------

/** Does this worker own the looked-up key `i`? */
export function isOwn(i: u32): bool {
  return isOwnKey(i);
}

export function lend(i: u32, reserve: u32): bool {
  return lendRecord(i, reserve);
}

export function lentTime(i: u32): u64 {
  return timeOf(recordOf(i));
}

export function borrow(i: u32, time: u64, evictedBy: u32): void {
  borrowRecord(i, time, evictedBy);
}

/** Gives the looked-up record `i`, which is in no slot, a value: address for the bytes, 0 if memory is at its end. */
export function setValue(i: u32, length: u32): usize {
  const record = recordOf(i);
  const address = changeValue(record, length);
  describeRecord(i, record);
  return address;
}

export function setNoValue(i: u32): void {
  removeValue(recordOf(i));
}

export function takeBack(i: u32, time: u64, evictedBy: u32): void {
  takeBackRecord(i, time, evictedBy);
}

/** The first 32 bits of the path of the key at {@link requestsAddress}: they decide who owns it. Needs no {@link init}. */
export function pathBits(length: u32): u32 {
  digestKey(REQUESTS, length, DIGESTS);
  return load<u32>(DIGESTS);
}

/** BLAKE3-256 of the `length` bytes at {@link requestsAddress}; returns where it is. Needs no {@link init}. */
export function digest(length: u32): usize {
  blake3(REQUESTS, length, DIGESTS);
  return DIGESTS;
}

// ---- Log and epochs ----------------------------------------------------------------------------------------------------------------

/** Is there room in the log for whatever the next call needs? */
export function hasRoom(): bool {
  return hasLogRoom();
}

/** Must the epoch end before the next call? */
export function mustEndEpoch(): bool {
  return isExhausted();
}

/** Ends the frame; returns the number of frames. Their ends, counted from {@link logAddress}, stand at {@link frameEndsAddress}. */
export function frames(): u32 {
  return cutFrame();
}

export function frameEndsAddress(): usize {
  return FRAME_ENDS;
}

/** Brings everything back to the tree, `budget` elements at a time (seal.ts); true when all is. */
export function seal(budget: u32): bool {
  return continueSeal(budget);
}

/** After {@link seal}: ends the epoch and commits it. */
export function endSeal(): void {
  endSealed();
}

/** After {@link seal}: hands the node of a group back to thread 0; returns when. */
export function handBack(group: u32): u64 {
  return handBackTop(group);
}

/** Of a worker that begins at rest: the node of one of its groups, which it will {@link adopt} later. */
export function own(group: u32): void {
  makeTop(group);
}

/** Writes the value of a group's node, as the monitor has it, to {@link requestsAddress}; returns its length. */
export function topValue(group: u32): u32 {
  return <u32>(writeMerkleValue(REQUESTS, topOf(<u64>group)) - REQUESTS);
}

/** Writes the value of the root, the first node, as the monitor has it, to {@link requestsAddress}; returns its length. */
export function rootValue(): u32 {
  return <u32>(writeMerkleValue(REQUESTS, nodes) - REQUESTS);
}

// ---- Storage -----------------------------------------------------------------------------------------------------------------------

/** Creates the `count` records at {@link requestsAddress} (stored-record.ts), cold; false if they do not fit. Before anything else happens. */
export function restore(count: u32): bool {
  return restoreRecords(count);
}

/** Makes the tree over the restored records, with all nodes down to `fullDepth`; false if two have one key, or another worker owns one. */
export function finishRestore(fullDepth: u32): bool {
  return finishTree(fullDepth);
}

/** Right after a seal: writes the next of at most `max` changed records to {@link resultsAddress}; returns their bytes, 0 after the last. */
export function changes(max: u32): u32 {
  return writeChanges(max);
}

export function cellsInUse(): u32 {
  return usedCells();
}

/** Bytes of the blocks that hold values. */
export function heapBytes(): f64 {
  return <f64>heapUsed;
}

// ---- For a host that lies, and for tests -------------------------------------------------------------------------------------------

/** Moves a record honestly out of its slot; returns where it is then: 0 in the tree, 2 in deferred memory. */
export function expel(record: usize): u32 {
  if (placeOf(record) == IN_SLOT) evict(record);
  return placeOf(record);
}

/** Replaces the value of a record outside the slots, which no honest store does: address for the new bytes, 0 if memory is at its end. */
export function forge(record: usize, length: u32): usize {
  return changeValue(record, length);
}

/** A new record by the digest at {@link requestsAddress}: keys that no key hash would ever give. Returns its address. */
export function insertDigest(): usize {
  toLimbs(REQUESTS, DIGESTS);
  return insert(<u64>DIGESTS);
}

/** Brings a record into a slot. */
export function bringIn(record: usize): void {
  fetch(record, false);
}

/** What the mirror has in a slot, at {@link requestsAddress} (inspect.ts); returns the length, 0 for an empty slot. */
export function describe(slot: u32): u32 {
  return describeSlot(slot);
}
