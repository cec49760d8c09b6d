// SPDX-License-Identifier: Apache-2.0
/**
 * A batch of calls of the built-in key-value service (profile `bytes`): get, put and delete of one record each, without leaving
 * WebAssembly. As with `kv64` (batch.ts), records are looked up some calls ahead, so that the processor fetches many at once, and keys are
 * hashed four at a time.
 *
 * A request is u32 length of the argument ‖ u8 function ‖ u8 1 if it has a request id ‖ u16 0 ‖ request id ‖ argument. Arguments were checked.
 */
import { copyBytes } from "@zeta/hashes/copy";
import { isExhausted } from "./clock";
import { insert } from "./insert";
import { digestKey, digestLanes, isShortKey, loadLane, prepareDigests } from "./key-digest";
import { find, findLikely, isKeyOf, touch } from "./key-index";
import {
  BATCH,
  BATCH_RECORDS,
  CALL_RECORDS,
  DIGESTS,
  nodes,
  recordsEnd,
  REQUESTS,
  RESULT_ENDS,
  RESULTS,
  SCRATCH,
  VALUE,
  VALUE_LENGTH,
} from "./layout";
import { hasLogRoom, logCall } from "./log";
import { fetch, makeCells, pin, putBackPath, unpin } from "./placement";
import { isMerkleOnly } from "./policy";
import { RESULTS_BYTES, VALUE_BYTES_MAX } from "./profile";
import { hasCells } from "./slots";
import { topOf } from "./tops";
import { setAbsent, setBlock, setLength } from "./value";
import {
  allocate,
  cellsFor,
  cellsOf,
  fitsSameBlock,
  isPresent,
  valueOf,
} from "./value-heap";
import { endVisits } from "./visits";

const GET: u32 = 0;
const PUT: u32 = 1;

const REQUEST_FUNCTION: usize = 4;
const REQUEST_HAS_ID: usize = 5;
const REQUEST_ID: usize = 8;
const REQUEST_ARGUMENT: usize = 24;

/** As many digests as there is room for at DIGESTS. */
const LOOK_AHEAD: u32 = 64;

/** Was the last call that did not run refused because the store is full? */
export let isStoreFull: bool = false;
/** Or because another worker owns its key? */
export let isForeignKey: bool = false;

/** Address after the last result. */
let results: usize = RESULTS;

/** Finds out where each of the requests begins. */
export function openBatch(count: u32): void {
  let at = REQUESTS;
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u32>(BATCH + (i << 2), <u32>at);
    at += REQUEST_ARGUMENT + <usize>load<u32>(at);
  }
}

// @ts-ignore: decorator
@inline
function requestOf(i: u32): usize {
  return <usize>load<u32>(BATCH + ((<usize>i) << 2));
}

// @ts-ignore: decorator
@inline
function functionOf(request: usize): u32 {
  return load<u8>(request, REQUEST_FUNCTION);
}

// @ts-ignore: decorator
@inline
function keyOf(request: usize): usize {
  return request + REQUEST_ARGUMENT + (functionOf(request) == PUT ? 2 : 0);
}

// @ts-ignore: decorator
@inline
function keyBytesOf(request: usize): u32 {
  if (functionOf(request) != PUT) return load<u32>(request);
  return bswap<u16>(load<u16>(request, REQUEST_ARGUMENT));
}

/**
 * Runs calls from..to-1; returns the first that did not run, because the store is full, the log or the results must be taken, or the epoch
 * closed first. Results stand at RESULTS, the first one that of call `from`.
 */
export function runKv(from: u32, to: u32): u32 {
  isStoreFull = false;
  isForeignKey = false;
  results = RESULTS;
  prepareDigests();
  while (from < to) {
    const first = from;
    const end = min(from + LOOK_AHEAD, to);
    lookUp(from, end);
    for (; from < end; from++) {
      if (!hasLogRoom() || isExhausted() || !hasResultRoom()) return from;
      if (!runOne(from, DIGESTS + ((<usize>(from - first)) << 5))) return from;
    }
  }
  return to;
}

// @ts-ignore: decorator
@inline
function hasResultRoom(): bool {
  return results - RESULTS <= <usize>(RESULTS_BYTES - VALUE_BYTES_MAX - 1);
}

/** Makes it likely that BATCH_RECORDS holds the calls' records, and that these are in the cache. */
function lookUp(from: u32, to: u32): void {
  digestAll(from, to);
  const count = <usize>(to - from);
  let seen: u64 = 0;
  for (let i: usize = 0; i < count; i++) seen ^= touch(<u64>(DIGESTS + (i << 5)));
  for (let i: usize = 0; i < count; i++) {
    store<u32>(BATCH_RECORDS + (i << 2), <u32>findLikely(<u64>(DIGESTS + (i << 5))));
  }
  for (let i: usize = 0; i < count; i++) {
    seen ^= load<u64>(<usize>load<u32>(BATCH_RECORDS + (i << 2)), VALUE);
  }
  for (let i: usize = 0; i < count; i++) {
    const record = <usize>load<u32>(BATCH_RECORDS + (i << 2));
    if (record != 0 && isPresent(record)) seen ^= load<u64>(valueOf(record));
  }
  // A load whose result nobody uses would not be made.
  store<u64>(SCRATCH, seen);
}

function digestAll(from: u32, to: u32): void {
  let digest = DIGESTS;
  for (; from + 4 <= to; from += 4, digest += 128) {
    if (areShort(from)) digestFour(from, digest);
    else for (let i: u32 = 0; i < 4; i++) digestOne(from + i, digest + ((<usize>i) << 5));
  }
  for (; from < to; from++, digest += 32) digestOne(from, digest);
}

function digestOne(i: u32, out: usize): void {
  const request = requestOf(i);
  digestKey(keyOf(request), keyBytesOf(request), out);
}

function areShort(from: u32): bool {
  for (let i = from; i < from + 4; i++) {
    if (!isShortKey(keyBytesOf(requestOf(i)))) return false;
  }
  return true;
}

function digestFour(from: u32, out: usize): void {
  for (let lane: u32 = 0; lane < 4; lane++) {
    const request = requestOf(from + lane);
    loadLane(lane, keyOf(request), keyBytesOf(request));
  }
  let lengths = i32x4.splat(keyBytesOf(requestOf(from)));
  lengths = i32x4.replace_lane(lengths, 1, keyBytesOf(requestOf(from + 1)));
  lengths = i32x4.replace_lane(lengths, 2, keyBytesOf(requestOf(from + 2)));
  lengths = i32x4.replace_lane(lengths, 3, keyBytesOf(requestOf(from + 3)));
  digestLanes(lengths, out);
}

/** False, and nothing happened, if the store is full or the key is not this worker's. */
function runOne(i: u32, digest: usize): bool {
  const request = requestOf(i);
  const functionNumber = functionOf(request);
  const isPut = functionNumber == PUT;
  const valueBytes = isPut ? load<u32>(request) - 2 - keyBytesOf(request) : 0;
  let record = recordOf(digest);
  if (record == 0 && topOf(load<u64>(digest)) == 0) {
    isForeignKey = true;
    return false;
  }
  const isFull = record == 0 && recordsEnd == nodes;
  const block = isPut && !isFull ? blockFor(record, valueBytes) : 0;
  if (isFull || (isPut && block == 0)) {
    isStoreFull = true;
    return false;
  }
  // As between calls of any function: both write the same log.
  endVisits();
  if (record == 0) record = insert(<u64>digest);
  else fetch(record, false);
  makeCellsFor(record, valueBytes);
  answer(i, functionNumber, record);
  store<u32>(CALL_RECORDS, <u32>record);
  const requestId = load<u8>(request, REQUEST_HAS_ID) ? request + REQUEST_ID : 0;
  logCall(functionNumber, requestId, 1, request + REQUEST_ARGUMENT, load<u32>(request));
  if (isPut) put(record, block, keyOf(request) + keyBytesOf(request), valueBytes);
  else if (functionNumber != GET && isPresent(record)) setAbsent(record);
  if (isMerkleOnly()) putBackPath(record, 0);
  return true;
}

/** The record of a call, 0 if there is none. */
// @ts-ignore: decorator
@inline
function recordOf(digest: usize): usize {
  const likely = <usize>load<u32>(BATCH_RECORDS + ((digest - DIGESTS) >> 3));
  return likely != 0 && isKeyOf(likely, <u64>digest) ? likely : find(<u64>digest);
}

/** The record's own block if the value fits, or another one; 0 if memory is at its end. */
// @ts-ignore: decorator
@inline
function blockFor(record: usize, valueBytes: u32): usize {
  if (record != 0 && isPresent(record) && fitsSameBlock(load<u32>(record, VALUE_LENGTH), valueBytes)) {
    return <usize>load<u32>(record, VALUE);
  }
  return allocate(valueBytes);
}

/** A value that grows needs its cells before the monitor writes it. */
function makeCellsFor(record: usize, valueBytes: u32): void {
  const before = cellsOf(record);
  const after = cellsFor(valueBytes);
  if (after <= before || hasCells(after - before)) return;
  pin(record);
  makeCells(after - before);
  unpin(record);
}

function put(record: usize, block: usize, value: usize, valueBytes: u32): void {
  copyBytes(block + 1, value, valueBytes);
  if (isPresent(record) && block == <usize>load<u32>(record, VALUE)) setLength(record, valueBytes);
  else setBlock(record, block, valueBytes);
}

/** get: `00`, or `01` and the value. put and delete: was the key present before? */
function answer(i: u32, functionNumber: u32, record: usize): void {
  const present = isPresent(record);
  store<u8>(results, present);
  results++;
  if (functionNumber == GET && present) {
    const length = load<u32>(record, VALUE_LENGTH);
    copyBytes(results, valueOf(record), length);
    results += length;
  }
  store<u32>(RESULT_ENDS + ((<usize>i) << 2), <u32>(results - RESULTS));
}
