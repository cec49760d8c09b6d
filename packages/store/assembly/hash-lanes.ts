// SPDX-License-Identifier: Apache-2.0
/**
 * Value hashes of elements that do not depend on each other, four at once (profile `bytes`): each waits in a lane until there are four.
 * What is longer than a chunk goes alone; BLAKE3 has lanes for its chunks.
 */
import { CHUNK_BYTES, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, LANES_OUT } from "@zeta/hashes/blake3-lanes";
import { clearBlock, copyDigest } from "@zeta/hashes/copy";
import { prepareDigests } from "./key-digest";
import { DIGEST_KEY, isNode, REQUESTS, VALUE_LENGTH } from "./layout";
import { valueHash, writeTagged } from "./value-hash";

const LANES: u32 = 4;
/** A chunk, and room for the zeros behind what ends within a block. */
const LANE_BYTES: usize = <usize>CHUNK_BYTES + 64;

/** Per lane: u32 length of what waits there, and u32 address for its hash. */
const LENGTHS: usize = memory.data(16);
const OUTS: usize = memory.data(16);
let waiting: u32 = 0;

/** Requests must not stand where they do: the lanes are there. */
export function prepareLanes(): void {
  prepareDigests();
  waiting = 0;
  v128.store(LENGTHS, i32x4.splat(0));
}

/** The hash of an element is at `out` at the latest after {@link hashWaiting}. */
export function hashSoon(element: usize, out: usize): void {
  // With the tag it must fit into a chunk.
  if (!isNode(element) && load<u32>(element, VALUE_LENGTH) >= CHUNK_BYTES) {
    valueHash(element, out);
    return;
  }
  const lane = laneAt(waiting);
  const end = writeTagged(lane, element);
  clearBlock(end);
  store<u32>(LENGTHS + ((<usize>waiting) << 2), <u32>(end - lane));
  store<u32>(OUTS + ((<usize>waiting) << 2), <u32>out);
  waiting++;
  if (waiting == LANES) hashWaiting();
}

/** Lanes in which nothing waits compute something that nobody reads. */
export function hashWaiting(): void {
  if (waiting == 0) return;
  const lengths = v128.load(LENGTHS);
  const counters = i32x4.splat(0);
  hashChunks(laneAt(0), laneAt(1), laneAt(2), laneAt(3), lengths, counters, DIGEST_KEY, 0, ROOT);
  for (let lane: usize = 0; lane < <usize>waiting; lane++) {
    copyDigest(<usize>load<u32>(OUTS + (lane << 2)), LANES_OUT + (lane << 5));
  }
  waiting = 0;
  v128.store(LENGTHS, i32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function laneAt(lane: u32): usize {
  return REQUESTS + <usize>lane * LANE_BYTES;
}
