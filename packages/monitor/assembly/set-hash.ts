// SPDX-License-Identifier: Apache-2.0
/**
 * The multiset hash of deferred memory (docs/formats.md §3): the sum (H.add) of keyed BLAKE3 outputs, lane by lane modulo 2^64, and a
 * count. BLAKE3 is a PRF and not a linear function, whose sums could be balanced without the key (G.linear). A sum does not care about
 * order, so elements wait in a queue until four can be hashed for little more than the price of one. The queue must be drained before
 * accumulators are read or given to another epoch.
 */
import { KEYED_HASH, ROOT } from "./blake3-constants";
import { blake3Keyed } from "./blake3";
import { hashChunks, spreadKey } from "./blake3-lanes";
import { clearBlock } from "./copy";
import {
  ACCUMULATOR_COUNT,
  BLAKE3_LANES_OUT,
  DIGEST,
  QUEUE_KEY,
  QUEUE_LANE_BYTES,
  QUEUE_LANES,
  QUEUE_LENGTHS,
  QUEUE_TARGETS,
  SCRATCH,
  SET_HASH_KEY,
} from "./layout";
import { ELEMENTS_MAX } from "./profile";

/** Elements waiting, 0..3. */
let waiting: u32 = 0;

/** The key must stand at SET_HASH_KEY. */
export function initSetHash(): void {
  waiting = 0;
  spreadKey(SET_HASH_KEY, QUEUE_KEY);
}

/** H.count: can one more element be counted? */
// @ts-ignore: decorator
@inline
export function canCount(accumulator: usize): bool {
  return load<u64>(accumulator, ACCUMULATOR_COUNT) != ELEMENTS_MAX;
}

/** Where to write the next element of `length` bytes: a lane of the queue, zero-padded to whole blocks, or SCRATCH for a long one. */
// @ts-ignore: decorator
@inline
export function startElement(length: u32): usize {
  if (length > <u32>QUEUE_LANE_BYTES) return SCRATCH;
  const lane = QUEUE_LANES + <usize>waiting * QUEUE_LANE_BYTES;
  clearBlock(lane + ((length - 1) & ~63));
  return lane;
}

/** Adds the element just written where {@link startElement} said. The caller made sure that it can be counted. */
// @ts-ignore: decorator
@inline
export function finishElement(accumulator: usize, length: u32): void {
  const count = load<u64>(accumulator, ACCUMULATOR_COUNT);
  store<u64>(accumulator, count + 1, ACCUMULATOR_COUNT);
  if (length > <u32>QUEUE_LANE_BYTES) {
    blake3Keyed(SCRATCH, length, SET_HASH_KEY, DIGEST);
    addTo(accumulator, DIGEST);
    return;
  }
  const at = (<usize>waiting) << 2;
  store<u32>(QUEUE_TARGETS + at, <u32>accumulator);
  store<u32>(QUEUE_LENGTHS + at, length);
  if (++waiting == 4) drain();
}

/** Adds 32 bytes as four u64 to an accumulator's lanes. */
// @ts-ignore: decorator
@inline
function addTo(accumulator: usize, hash: usize): void {
  v128.store(accumulator, i64x2.add(v128.load(accumulator), v128.load(hash)));
  v128.store(accumulator, i64x2.add(v128.load(accumulator, 16), v128.load(hash, 16)), 16);
}

/** Hashes what waits and adds it to its accumulators. Lanes without an element compute something that nobody reads. */
export function drain(): void {
  if (waiting == 0) return;
  hashChunks(
    QUEUE_LANES,
    QUEUE_LANES + QUEUE_LANE_BYTES,
    QUEUE_LANES + 2 * QUEUE_LANE_BYTES,
    QUEUE_LANES + 3 * QUEUE_LANE_BYTES,
    v128.load(QUEUE_LENGTHS),
    i32x4.splat(0),
    QUEUE_KEY,
    KEYED_HASH,
    ROOT,
  );
  for (let i: usize = 0; i < <usize>waiting; i++) {
    addTo(<usize>load<u32>(QUEUE_TARGETS + 4 * i), BLAKE3_LANES_OUT + 32 * i);
  }
  waiting = 0;
}
