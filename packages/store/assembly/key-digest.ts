// SPDX-License-Identifier: Apache-2.0
/** From keys to the names of records in profile `bytes`: BLAKE3-256 of the key, read as the number W, least significant limb first. */
import { blake3 } from "@zeta/hashes/blake3";
import { BLAKE3_IV, BLOCK_BYTES, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, LANES_OUT, spreadKey } from "@zeta/hashes/blake3-lanes";
import { clearBlock, copyBytes } from "@zeta/hashes/copy";
import { DIGEST_KEY, KEY_BLOCKS, SCRATCH } from "./layout";

/** Turns 32 bytes, most significant first, into limbs. The areas must not overlap. */
export function toLimbs(digest: usize, out: usize): void {
  for (let i: usize = 0; i < 32; i += 8) {
    store<u64>(out + i, bswap<u64>(load<u64>(digest + 24 - i)));
  }
}

export function digestKey(key: usize, length: u32, out: usize): void {
  blake3(key, length, SCRATCH);
  toLimbs(SCRATCH, out);
}

/** Puts the key of the unkeyed hash, the only one that a store needs, into the lanes: once, before {@link digestLanes}. */
export function prepareDigests(): void {
  spreadKey(BLAKE3_IV, DIGEST_KEY);
}

/** Can the key be hashed together with three others? */
// @ts-ignore: decorator
@inline
export function isShortKey(length: u32): bool {
  return length <= BLOCK_BYTES;
}

/** Puts a short key into one of the four lanes. */
export function loadLane(lane: u32, key: usize, length: u32): void {
  const block = KEY_BLOCKS + <usize>lane * BLOCK_BYTES;
  clearBlock(block);
  copyBytes(block, key, length);
}

/** The digests of the keys in the lanes, at `out`, 32 bytes each. */
export function digestLanes(lengths: v128, out: usize): void {
  const b1 = KEY_BLOCKS + 64, b2 = KEY_BLOCKS + 128, b3 = KEY_BLOCKS + 192;
  const counters = i32x4.splat(0);
  hashChunks(KEY_BLOCKS, b1, b2, b3, lengths, counters, DIGEST_KEY, 0, ROOT);
  for (let i: usize = 0; i < 128; i += 32) toLimbs(LANES_OUT + i, out + i);
}
