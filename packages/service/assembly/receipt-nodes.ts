// SPDX-License-Identifier: Apache-2.0
/**
 * Inner nodes of receipt trees (docs/formats.md §3), four at a time: a busy epoch has hundreds of thousands of them, and a client that asks
 * for one receipt wants its path now. Nobody has to believe what comes out: a wrong path only makes the client refuse.
 */
import { blake3ContextKey } from "@zeta/hashes/blake3";
import { DERIVE_KEY_MATERIAL, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, LANES_OUT, spreadKey } from "@zeta/hashes/blake3-lanes";
import { copyDigest } from "@zeta/hashes/copy";

/** "zeta.receipt.node.v1" */
const CONTEXT: usize = memory.data<u8>([
  0x7a, 0x65, 0x74, 0x61, 0x2e, 0x72, 0x65, 0x63, 0x65, 0x69, 0x70, 0x74, 0x2e, 0x6e, 0x6f, 0x64, 0x65, 0x2e, 0x76, 0x31,
]);
const CONTEXT_BYTES: u32 = 20;
/** The key of the context, and the same in every lane. */
const KEY: usize = memory.data(32);
const KEY_LANES: usize = memory.data(128, 16);

const DIGEST_BYTES: usize = 32;
const PAIR_BYTES: u32 = 64;
const LANES: u32 = 4;

/** Pairs that one call may hash: about half a millisecond. */
const PAIRS_MAX: u32 = 16_384;
/** Where pairs are put, and behind them what lanes without a pair read: static memory ends below. */
const PAIRS: usize = 0x10000;

/** To be called once, first. */
export function open(): void {
  const pages = <i32>((PAIRS + <usize>(PAIRS_MAX + LANES) * PAIR_BYTES + 0xffff) >> 16);
  memory.grow(pages - memory.size());
  blake3ContextKey(CONTEXT, CONTEXT_BYTES, KEY);
  spreadKey(KEY, KEY_LANES);
}

export function pairsMax(): u32 {
  return PAIRS_MAX;
}

/** Where a call finds its pairs, 64 bytes each, and leaves their hashes, 32 bytes each. */
export function pairsAddress(): usize {
  return PAIRS;
}

/** Hashes `count` pairs, the hashes in their place: what is written was read before. */
export function hashPairs(count: u32): void {
  const lengths = i32x4.splat(PAIR_BYTES);
  let from = PAIRS;
  let to = PAIRS;
  for (let done: u32 = 0; done < count; done += LANES) {
    const b1 = from + PAIR_BYTES;
    const b2 = b1 + PAIR_BYTES;
    const b3 = b2 + PAIR_BYTES;
    hashChunks(from, b1, b2, b3, lengths, i32x4.splat(0), KEY_LANES, DERIVE_KEY_MATERIAL, ROOT);
    for (let i: usize = 0; i < 4 * DIGEST_BYTES; i += DIGEST_BYTES) copyDigest(to + i, LANES_OUT + i);
    from = b3 + PAIR_BYTES;
    to += 4 * DIGEST_BYTES;
  }
}
