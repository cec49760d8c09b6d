// SPDX-License-Identifier: Apache-2.0
/**
 * The elements of application records of profile `kv64`: record, timestamp and thread take 20 or 28 bytes. They are put together in four
 * words, and wait in a queue of their own (set-hash.ts says why elements wait).
 */
import { hashHalves } from "@zeta/hashes/blake3-halves";
import { addLanes, countElement } from "./accumulator";
import {
  KIND_APPLICATION,
  KV64_KEY,
  KV64_VALUE,
  QUEUE_KEY,
  SHORT_LENGTHS,
  SHORT_TARGETS,
  SHORTS,
  SLOT_KIND,
  SLOT_PRESENT,
} from "./layout";
import { BYTES } from "./profile";

/** Bytes of the element of an absent record, and what a value adds. */
const ABSENT_BYTES: u32 = 20;
const VALUE_BYTES: u32 = 8;

/** Elements waiting, 0..4. */
let waiting: u32 = 0;

export function startShorts(): void {
  waiting = 0;
}

/** Does {@link addShort} take the record's element? */
// @ts-ignore: decorator
@inline
export function isShort(record: usize): bool {
  return !BYTES && load<u8>(record, SLOT_KIND) == KIND_APPLICATION;
}

/**
 * Counts and adds the element of a record in a slot, or INCOMING; the caller made sure that it can be counted.
 * The element is the record exactly as in the log (H.key, H.val): a one, the key, is there a value, the value; then timestamp (H.ts) and
 * thread (H.tid), both as they stand in the log.
 */
// @ts-ignore: decorator
@inline
export function addShort(accumulator: usize, record: usize, time: u64, thread: u64): void {
  countElement(accumulator);
  // Not at once when the fourth came: a vector that is loaded right after its halves were stored waits for them.
  if (waiting == 4) drainShorts();
  const key = load<u64>(record, KV64_KEY);
  const present = <u32>load<u8>(record, SLOT_PRESENT);
  const at = (<usize>waiting) << 2;
  const to = SHORTS + ((<usize>waiting) << 5);
  store<u64>(to, 1 | (key << 8));
  if (present) {
    const value = load<u64>(record, KV64_VALUE);
    store<u64>(to, (key >> 56) | (1 << 8) | (value << 16), 8);
    store<u64>(to, (value >> 48) | (time << 16), 16);
    store<u64>(to, (time >> 48) | (thread << 16), 24);
  } else {
    store<u64>(to, (key >> 56) | (time << 16), 8);
    store<u64>(to, (time >> 48) | (thread << 16), 16);
    store<u64>(to, 0, 24);
  }
  store<u32>(SHORT_TARGETS + at, <u32>accumulator);
  store<u32>(SHORT_LENGTHS + at, ABSENT_BYTES + VALUE_BYTES * present);
  waiting++;
}

/** Hashes what waits and adds it to its accumulators. Lanes without an element compute something that nobody reads. */
export function drainShorts(): void {
  if (waiting == 0) return;
  hashHalves(SHORTS, v128.load(SHORT_LENGTHS), QUEUE_KEY);
  addLanes(SHORT_TARGETS, waiting);
  waiting = 0;
}
