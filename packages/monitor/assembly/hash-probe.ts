// SPDX-License-Identifier: Apache-2.0
/** The hash functions alone, for tests that compare them with another implementation. No part of the shipped modules. */
import { blake2b } from "./blake2b";
import { blake3, blake3ContextKey, blake3Derive, blake3Keyed } from "./blake3";
import { hashHalves } from "./blake3-halves";
import { hashChunks, spreadKey } from "./blake3-lanes";
import { KEYED_HASH, ROOT } from "./blake3-constants";
import { BLAKE3_LANES_OUT, DIGEST, FRAME, KEY_DIGEST, NODE_KEY, QUEUE_KEY, SET_HASH_KEY } from "./layout";

/** Where the input goes. */
export function input(): usize {
  return FRAME;
}

/** Where the key of the keyed mode goes. */
export function key(): usize {
  return SET_HASH_KEY;
}

export function output(): usize {
  return DIGEST;
}

/** Makes `bytes` of memory available for input. */
export function reserve(bytes: u32): void {
  memory.grow(<i32>((FRAME + bytes + 65535) / 65536));
}

export function hash(length: u32): void {
  blake3(FRAME, length, DIGEST);
}

export function keyed(length: u32): void {
  blake3Keyed(FRAME, length, SET_HASH_KEY, DIGEST);
}

/** The context is the first `contextLength` bytes of the input, the message follows. */
export function derive(contextLength: u32, length: u32): void {
  blake3ContextKey(FRAME, contextLength, NODE_KEY);
  blake3Derive(FRAME + contextLength, length, NODE_KEY, DIGEST);
}

export function hash2b(length: u32): void {
  blake2b(FRAME, length, KEY_DIGEST);
  memory.copy(DIGEST, KEY_DIGEST, 32);
}

/** Keyed hashes of four inputs of up to 1024 bytes, zero-padded, each in 1024 bytes of input; four digests at {@link lanesOutput}. */
export function lanes(a: u32, b: u32, c: u32, d: u32): void {
  const lengths = lengthsOf(a, b, c, d);
  spreadKey(SET_HASH_KEY, QUEUE_KEY);
  const zero = i32x4.splat(0);
  const flags = KEYED_HASH;
  hashChunks(FRAME, FRAME + 1024, FRAME + 2048, FRAME + 3072, lengths, zero, QUEUE_KEY, flags, ROOT);
}

/** The same of four inputs of up to 32 bytes, zero-padded, each in 32 bytes of input. */
export function halves(a: u32, b: u32, c: u32, d: u32): void {
  spreadKey(SET_HASH_KEY, QUEUE_KEY);
  hashHalves(FRAME, lengthsOf(a, b, c, d), QUEUE_KEY);
}

function lengthsOf(a: u32, b: u32, c: u32, d: u32): v128 {
  const ab = i32x4.replace_lane(i32x4.splat(a), 1, b);
  return i32x4.replace_lane(i32x4.replace_lane(ab, 2, c), 3, d);
}

export function lanesOutput(): usize {
  return BLAKE3_LANES_OUT;
}
