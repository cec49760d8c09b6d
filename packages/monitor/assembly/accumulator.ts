// SPDX-License-Identifier: Apache-2.0
/** A set hash in memory: four u64 lanes, to which digests are added (H.add) lane by lane modulo 2^64, and a count. */
import { LANES_OUT } from "@zeta/hashes/blake3-lanes";
import { ACCUMULATOR_COUNT } from "./layout";
import { ELEMENTS_MAX } from "./profile";

/** H.count: can one more element be counted? */
// @ts-ignore: decorator
@inline
export function canCount(accumulator: usize): bool {
  return load<u64>(accumulator, ACCUMULATOR_COUNT) != ELEMENTS_MAX;
}

/** Counts an element. The caller made sure that it can be counted. */
// @ts-ignore: decorator
@inline
export function countElement(accumulator: usize): void {
  store<u64>(accumulator, load<u64>(accumulator, ACCUMULATOR_COUNT) + 1, ACCUMULATOR_COUNT);
}

/** Adds the digest of an element. */
// @ts-ignore: decorator
@inline
export function addDigest(accumulator: usize, digest: usize): void {
  v128.store(accumulator, i64x2.add(v128.load(accumulator), v128.load(digest)));
  v128.store(accumulator, i64x2.add(v128.load(accumulator, 16), v128.load(digest, 16)), 16);
}

/** Adds the first `count` of the digests at LANES_OUT to the accumulators whose addresses stand at `targets`. */
export function addLanes(targets: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    addDigest(<usize>load<u32>(targets + 4 * i), LANES_OUT + 32 * i);
  }
}
