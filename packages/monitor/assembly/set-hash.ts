// SPDX-License-Identifier: Apache-2.0
/**
 * The multiset hash of deferred memory (docs/formats.md §3): the sum (H.add) of keyed BLAKE3 outputs, lane by lane modulo 2^64, and a
 * count. BLAKE3 is a PRF and not a linear function, whose sums could be balanced without the key (G.linear). A sum does not care about
 * order, so elements wait in a queue until four can be hashed for little more than the price of one. The queue must be drained before
 * accumulators are read or given to another epoch.
 */
import { blake3Keyed } from "@zeta/hashes/blake3";
import { KEYED_HASH, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, spreadKey } from "@zeta/hashes/blake3-lanes";
import { clearBlock } from "@zeta/hashes/copy";
import { addDigest, addLanes, countElement } from "./accumulator";
import {
  DIGEST,
  QUEUE_KEY,
  QUEUE_LANE_BYTES,
  QUEUE_LANES,
  QUEUE_LENGTHS,
  QUEUE_TARGETS,
  SCRATCH,
  SET_HASH_KEY,
} from "./layout";
import { BYTES } from "./profile";
import { drainShorts, startShorts } from "./short-elements";

/** Elements waiting, 0..3. */
let waiting: u32 = 0;

/** The key must stand at SET_HASH_KEY. */
export function initSetHash(): void {
  waiting = 0;
  startShorts();
  spreadKey(SET_HASH_KEY, QUEUE_KEY);
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
  countElement(accumulator);
  if (length > <u32>QUEUE_LANE_BYTES) {
    blake3Keyed(SCRATCH, length, SET_HASH_KEY, DIGEST);
    addDigest(accumulator, DIGEST);
    return;
  }
  const at = (<usize>waiting) << 2;
  store<u32>(QUEUE_TARGETS + at, <u32>accumulator);
  store<u32>(QUEUE_LENGTHS + at, length);
  if (++waiting == 4) drainLong();
}

/** Hashes what waits, in both queues, and adds it to its accumulators. */
export function drain(): void {
  drainLong();
  if (!BYTES) drainShorts();
}

/** Lanes without an element compute something that nobody reads. */
function drainLong(): void {
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
  addLanes(QUEUE_TARGETS, waiting);
  waiting = 0;
}
