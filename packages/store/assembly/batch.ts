// SPDX-License-Identifier: Apache-2.0
/**
 * A batch of operations on 64-bit keys. A store spends its time waiting for memory, so records are looked up some operations ahead, in
 * passes of loads that depend neither on each other nor on branches: the processor fetches many at once.
 */
import { isExhausted } from "./clock";
import { flagsOf, setFlags, slotOf } from "./element";
import { insert } from "./insert";
import { enter, find, findLikely, touch } from "./key-index";
import {
  BATCH,
  BATCH_KINDS,
  BATCH_RECORDS,
  HASH_CURRENT,
  KEY,
  newRecord,
  NO_SLOT,
  nodes,
  PRESENT,
  recordsEnd,
  SCRATCH,
  VALUE,
} from "./layout";
import { hasLogRoom, logRunApp } from "./log";
import { fetch, putBackPath } from "./placement";
import { isMerkleOnly, MERKLE_SORTED, placement, UNVERIFIED } from "./policy";
import { GROUP_MAX, prepareGroup } from "./prepare";
import { topOf } from "./tops";

/** Kinds of operations; the numbers of the log's functions. */
const GET: u32 = 0;
/** Answers: there was no value, there was one, the store is full, another worker owns the key. */
const ABSENT: u32 = 0;
const FOUND: u32 = 1;
const REFUSED: u32 = 2;
const FOREIGN: u32 = 3;

/** Operations from..to-1 of the batch; returns the first that was not run, because the log must be taken or the epoch closed first. */
export function runBatch(from: u32, to: u32): u32 {
  while (from < to) {
    const end = min(from + GROUP_MAX, to);
    lookUp(from, end);
    if (placement == UNVERIFIED) {
      for (; from < end; from++) runUnverified(from);
    } else {
      if (!hasLogRoom() || isExhausted()) return from;
      if (!isMerkleOnly()) {
        confirm(from, end);
        prepareGroup(from, end);
      }
      for (; from < end; from++) {
        if (!hasLogRoom() || isExhausted()) return from;
        runVerified(from, from + 1 < end);
      }
    }
  }
  return to;
}

/** Makes it likely that BATCH_RECORDS holds the operations' records, and that these are in the cache. */
function lookUp(from: u32, to: u32): void {
  let seen: u64 = 0;
  for (let i = <usize>from; i < <usize>to; i++) seen ^= touch(keyOf(i));
  for (let i = <usize>from; i < <usize>to; i++) {
    store<u32>(BATCH_RECORDS + (i << 2), <u32>findLikely(keyOf(i)));
  }
  for (let i = <usize>from; i < <usize>to; i++) {
    seen ^= load<u64>(<usize>load<u32>(BATCH_RECORDS + (i << 2)), KEY);
  }
  // A load whose result nobody uses would not be made.
  store<u64>(SCRATCH, seen);
}

/** Replaces likely records by the right ones. */
function confirm(from: u32, to: u32): void {
  for (let i = from; i < to; i++) store<u32>(BATCH_RECORDS + ((<usize>i) << 2), <u32>recordOf(i));
}

// @ts-ignore: decorator
@inline
function keyOf(i: usize): u64 {
  return load<u64>(BATCH + (i << 4), KEY);
}

/** The record of an operation, 0 if there is none. */
// @ts-ignore: decorator
@inline
function recordOf(i: u32): usize {
  const likely = <usize>load<u32>(BATCH_RECORDS + ((<usize>i) << 2));
  const key = keyOf(i);
  return likely != 0 && load<u64>(likely, KEY) == key ? likely : find(key);
}

// @ts-ignore: decorator
@inline
function kindOf(i: u32): u32 {
  return load<u8>(BATCH_KINDS + <usize>i);
}

// @ts-ignore: decorator
@inline
function answer(i: u32, what: u32): void {
  store<u8>(BATCH_KINDS + <usize>i, what);
}

// @ts-ignore: decorator
@inline
function runVerified(i: u32, hasNext: bool): void {
  const operation = BATCH + ((<usize>i) << 4);
  let record = recordOf(i);
  if (record == 0 || slotOf(record) == NO_SLOT) {
    record = bringIn(i, operation, record);
    if (record == 0) return;
  }
  call(i, operation, record);
  if (isMerkleOnly()) {
    putBackPath(record, placement == MERKLE_SORTED && hasNext ? recordOf(i + 1) : 0);
  }
}

/** The record of an operation, in a slot; 0 if the operation is answered already. */
function bringIn(i: u32, operation: usize, record: usize): usize {
  if (record != 0) {
    fetch(record, false);
    return record;
  }
  if (!mayCreate(i, operation)) return 0;
  return insert(load<u64>(operation, KEY));
}

/** Is the operation, whose record is not there, to create it? If not, it is answered. */
function mayCreate(i: u32, operation: usize): bool {
  if (topOf(load<u64>(operation, KEY)) == 0) answer(i, FOREIGN);
  else if (kindOf(i) == GET) answer(i, ABSENT);
  else if (recordsEnd == nodes) answer(i, REFUSED);
  else return true;
  return false;
}

/** Runs the operation on a record in a slot. vget states the value: a record without one cannot be asked for (profile `kv64`). */
// @ts-ignore: decorator
@inline
function call(i: u32, operation: usize, record: usize): void {
  const flags = flagsOf(record);
  const kind = kindOf(i);
  answer(i, <u32>((flags & PRESENT) != 0));
  // Whether it is a get or a put nobody can predict: both do the same, and the get writes what is there.
  const put = <u64>0 - <u64>(kind != GET);
  const value = (load<u64>(record, VALUE) & ~put) | (load<u64>(operation, VALUE) & put);
  store<u64>(operation, value, VALUE);
  store<u64>(record, value, VALUE);
  setFlags(record, (flags | (PRESENT & <u32>put)) & ~(HASH_CURRENT & <u32>put));
  logRunApp(kind, record, value);
}

// @ts-ignore: decorator
@inline
function runUnverified(i: u32): void {
  const operation = BATCH + ((<usize>i) << 4);
  let record = recordOf(i);
  if (record == 0) {
    record = createUnverified(i, operation);
    if (record == 0) return;
  }
  const flags = flagsOf(record);
  if (kindOf(i) == GET) store<u64>(operation, load<u64>(record, VALUE), VALUE);
  else {
    store<u64>(record, load<u64>(operation, VALUE), VALUE);
    setFlags(record, flags | PRESENT);
  }
  answer(i, flags & PRESENT ? FOUND : ABSENT);
}

function createUnverified(i: u32, operation: usize): usize {
  if (!mayCreate(i, operation)) return 0;
  const record = newRecord();
  store<u64>(record, load<u64>(operation, KEY), KEY);
  enter(record);
  return record;
}
