// SPDX-License-Identifier: Apache-2.0
/** The functions of this room as a module of their own, for tests that compare them with another implementation. */
import { blake2b } from "./blake2b";
import { blake2bPair } from "./blake2b-pair";
import { blake3, blake3ContextKey, blake3Derive, blake3Keyed } from "./blake3";
import { KEYED_HASH, ROOT } from "./blake3-constants";
import { hashHalves } from "./blake3-halves";
import { hashChunks, LANES_OUT, spreadKey } from "./blake3-lanes";

const KEY: usize = memory.data(32);
const CONTEXT_KEY: usize = memory.data(32);
const KEY_LANES: usize = memory.data(128);
const OUTPUT: usize = memory.data(32);
/** Memory from here on is the input's. */
const INPUT: usize = 0x10000;

/** Where the input goes. */
export function input(): usize {
  return INPUT;
}

/** Where the key of the keyed mode goes. */
export function key(): usize {
  return KEY;
}

export function output(): usize {
  return OUTPUT;
}

/** Makes `bytes` of memory available for input. */
export function reserve(bytes: u32): void {
  memory.grow(<i32>((INPUT + bytes + 65535) / 65536));
}

export function hash(length: u32): void {
  blake3(INPUT, length, OUTPUT);
}

export function keyed(length: u32): void {
  blake3Keyed(INPUT, length, KEY, OUTPUT);
}

/** The context is the first `contextLength` bytes of the input, the message follows. */
export function derive(contextLength: u32, length: u32): void {
  blake3ContextKey(INPUT, contextLength, CONTEXT_KEY);
  blake3Derive(INPUT + contextLength, length, CONTEXT_KEY, OUTPUT);
}

export function hash2b(length: u32): void {
  blake2b(INPUT, length, OUTPUT);
}

/** Two inputs of `length` bytes, zero-padded, each in 1024 bytes of input; two digests at {@link lanesOutput}. */
export function pair2b(length: u32): void {
  blake2bPair(INPUT, INPUT + 1024, length, LANES_OUT, LANES_OUT + 32);
}

/** Keyed hashes of four inputs of up to 1024 bytes, zero-padded, each in 1024 bytes of input; four digests at {@link lanesOutput}. */
export function lanes(a: u32, b: u32, c: u32, d: u32): void {
  const lengths = lengthsOf(a, b, c, d);
  spreadKey(KEY, KEY_LANES);
  const zero = i32x4.splat(0);
  const flags = KEYED_HASH;
  hashChunks(INPUT, INPUT + 1024, INPUT + 2048, INPUT + 3072, lengths, zero, KEY_LANES, flags, ROOT);
}

/** The same of four inputs of up to 32 bytes, zero-padded, each in 32 bytes of input. */
export function halves(a: u32, b: u32, c: u32, d: u32): void {
  spreadKey(KEY, KEY_LANES);
  hashHalves(INPUT, lengthsOf(a, b, c, d), KEY_LANES);
}

function lengthsOf(a: u32, b: u32, c: u32, d: u32): v128 {
  const ab = i32x4.replace_lane(i32x4.splat(a), 1, b);
  return i32x4.replace_lane(i32x4.replace_lane(ab, 2, c), 3, d);
}

export function lanesOutput(): usize {
  return LANES_OUT;
}
