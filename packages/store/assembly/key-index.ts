// SPDX-License-Identifier: Apache-2.0
/**
 * From keys to records: open addressing with linear probing. A position holds the record's number plus one and six bits of its hash, which
 * spare most looks at records of other keys. There is nothing in it that the records do not say, so doubling it means filling it anew.
 *
 * A key goes by one number, its *name*: in `kv64` the key itself, in `bytes` the address of its digest, four limbs.
 */
import { HIGH_LIMBS, index, KEY, RECORD_BYTES, RECORDS, recordsEnd } from "./layout";
import { BYTES } from "./profile";

const NUMBER_BITS: u32 = 26;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
const POSITIONS_LOG2_MIN: u32 = 12;

/** 2^64 / golden ratio: multiplication spreads neighbouring keys over the high bits (Knuth, TAOCP 3, 6.4). */
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

let positionsLog2: u32 = 0;
/** Records at which the index doubles. */
let fillMax: u32 = 0;

/** Positions for so many records at the most. */
export function positionsFor(records: u32): u64 {
  let log2 = POSITIONS_LOG2_MIN;
  while (fillOf(log2) < <u64>records) log2++;
  return (<u64>1) << log2;
}

/** 3/5: beyond it chains of occupied positions grow long, below it memory is wasted. */
function fillOf(log2: u32): u64 {
  return (((<u64>1) << log2) * 3) / 5;
}

export function initIndex(): void {
  resize(POSITIONS_LOG2_MIN);
}

function resize(log2: u32): void {
  positionsLog2 = log2;
  fillMax = <u32>fillOf(log2);
}

/** The record of a key, 0 if there is none. */
export function find(key: u64): usize {
  return search(key, true);
}

/** The first record whose hash looks like the key's, 0 if there is none; the record is not looked at. */
export function findLikely(key: u64): usize {
  return search(key, false);
}

/** Fetches the position at which the search for a key begins; what it returns has no meaning, but the caller must use it. */
// @ts-ignore: decorator
@inline
export function touch(key: u64): u32 {
  return load<u32>(index + (<usize>(hashOf(key) >> (64 - positionsLog2)) << 2));
}

// @ts-ignore: decorator
@inline
function hashOf(name: u64): u64 {
  return BYTES ? load<u64>(<usize>name) : name * GOLDEN;
}

// @ts-ignore: decorator
@inline
function hashOfRecord(record: usize): u64 {
  return BYTES ? load<u64>(record, KEY) : load<u64>(record, KEY) * GOLDEN;
}

/** Gives a new record its key. */
export function setKey(record: usize, name: u64): void {
  if (!BYTES) {
    store<u64>(record, name, KEY);
    return;
  }
  const digest = <usize>name;
  store<u64>(record, load<u64>(digest), KEY);
  for (let i: usize = 0; i < 24; i += 8) {
    store<u64>(record + i, load<u64>(digest + i, 8), HIGH_LIMBS);
  }
}

// @ts-ignore: decorator
@inline
export function isKeyOf(record: usize, name: u64): bool {
  if (!BYTES) return load<u64>(record, KEY) == name;
  const digest = <usize>name;
  const low = load<u64>(record, KEY) ^ load<u64>(digest);
  const high =
    (load<u64>(record, HIGH_LIMBS) ^ load<u64>(digest, 8)) |
    (load<u64>(record, HIGH_LIMBS + 8) ^ load<u64>(digest, 16)) |
    (load<u64>(record, HIGH_LIMBS + 16) ^ load<u64>(digest, 24));
  return (low | high) == 0;
}

// @ts-ignore: decorator
@inline
function search(key: u64, exact: bool): usize {
  const hash = hashOf(key);
  const mask: usize = ((<usize>1) << positionsLog2) - 1;
  const tag = tagOf(hash);
  let at = <usize>(hash >> (64 - positionsLog2));
  let entry = load<u32>(index + (at << 2));
  while (entry != 0) {
    if (((entry ^ tag) & ~NUMBER) == 0) {
      const record = RECORDS + (<usize>(entry & NUMBER) - 1) * RECORD_BYTES;
      if (!exact || isKeyOf(record, key)) return record;
    }
    at = (at + 1) & mask;
    entry = load<u32>(index + (at << 2));
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function tagOf(hash: u64): u32 {
  return <u32>((hash << positionsLog2) >> 58) << NUMBER_BITS;
}

/** Enters a record that was just created. */
export function enter(record: usize): void {
  const number = <u32>((record - RECORDS) / RECORD_BYTES) + 1;
  if (number > fillMax) grow();
  else put(hashOfRecord(record), number);
}

function put(hash: u64, number: u32): void {
  const mask: usize = ((<usize>1) << positionsLog2) - 1;
  let at = <usize>(hash >> (64 - positionsLog2));
  while (load<u32>(index + (at << 2)) != 0) at = (at + 1) & mask;
  store<u32>(index + (at << 2), tagOf(hash) | number);
}

function grow(): void {
  resize(positionsLog2 + 1);
  fill();
}

/** Enters all records at once, none of which was entered before. */
export function enterAll(): void {
  const records = <u64>((recordsEnd - RECORDS) / RECORD_BYTES);
  while (<u64>fillMax < records) resize(positionsLog2 + 1);
  fill();
}

function fill(): void {
  memory.fill(index, 0, (<usize>4) << positionsLog2);
  let number: u32 = 1;
  for (let record = RECORDS; record < recordsEnd; record += RECORD_BYTES, number++) {
    put(hashOfRecord(record), number);
  }
}
