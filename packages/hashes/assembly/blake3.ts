// SPDX-License-Identifier: Apache-2.0
/**
 * BLAKE3 (specification of 2020) of contiguous bytes: unkeyed, keyed and derive-key modes, 32-byte output. Whole groups of four chunks
 * go through SIMD; the rest, and every input up to one chunk, through the scalar compression function.
 */
import { compress } from "./blake3-compress";
import {
  BLAKE3_IV,
  BLOCK_BYTES,
  CHUNK_BYTES,
  CHUNK_END,
  CHUNK_START,
  DERIVE_KEY_CONTEXT,
  DERIVE_KEY_MATERIAL,
  KEYED_HASH,
  PARENT,
  ROOT,
} from "./blake3-constants";
import { hashChunks, LANES_OUT, spreadKey } from "./blake3-lanes";
import { clearBlock, copyBytes, copyDigest } from "./copy";

/** One padded block, one chaining value, a stack of them (a megabyte of input needs 11), the key of a tree in every lane. */
const PADDED: usize = memory.data(64);
const CHAINING_VALUE: usize = memory.data(32);
const STACK: usize = memory.data(32 * 32);
const TREE_KEY: usize = memory.data(128);

/** Number of chaining values on the stack. */
let stackSize: u32 = 0;

/** Zero-padded copy of `length` <= 64 bytes. */
function padBlock(input: usize, length: u32): usize {
  clearBlock(PADDED);
  copyBytes(PADDED, input, length);
  return PADDED;
}

/** Chaining value of one chunk of `length` <= 1024 bytes, `lastFlags` added in its last block. */
function hashChunk(
  input: usize,
  length: u32,
  counter: u32,
  key: usize,
  flags: u32,
  lastFlags: u32,
  out: usize,
): void {
  let cv = key;
  let start = CHUNK_START;
  while (length > BLOCK_BYTES) {
    compress(cv, input, counter, BLOCK_BYTES, flags | start, CHAINING_VALUE);
    cv = CHAINING_VALUE;
    start = 0;
    input += BLOCK_BYTES;
    length -= BLOCK_BYTES;
  }
  const block = length == BLOCK_BYTES ? input : padBlock(input, length);
  compress(cv, block, counter, length, flags | start | CHUNK_END | lastFlags, out);
}

/** Pushes the value of chunk number `chunks` - 1 and joins every subtree that it completes. */
function push(value: usize, chunks: u32, key: usize, flags: u32): void {
  let top = STACK + 32 * <usize>stackSize;
  copyDigest(top, value);
  stackSize++;
  for (; (chunks & 1) == 0; chunks >>= 1) {
    top -= 32;
    compress(key, top, 0, BLOCK_BYTES, flags | PARENT, top);
    stackSize--;
  }
}

/** More than one chunk: all chunks but the last complete left subtrees; the last one closes the right edge up to the root. */
function hashTree(input: usize, length: u32, key: usize, flags: u32, out: usize): void {
  const last = (length - 1) / CHUNK_BYTES;
  stackSize = 0;
  if (last >= 4) spreadKey(key, TREE_KEY);
  let chunk: u32 = 0;
  for (; chunk + 4 <= last; chunk += 4) {
    const at = input + <usize>chunk * CHUNK_BYTES;
    const counters = i32x4.add(i32x4.splat(chunk), i32x4(0, 1, 2, 3));
    const b1 = at + CHUNK_BYTES, b2 = at + 2 * CHUNK_BYTES, b3 = at + 3 * CHUNK_BYTES;
    hashChunks(at, b1, b2, b3, i32x4.splat(CHUNK_BYTES), counters, TREE_KEY, flags, 0);
    for (let i: u32 = 0; i < 4; i++) {
      push(LANES_OUT + 32 * i, chunk + i + 1, key, flags);
    }
  }
  for (; chunk < last; chunk++) {
    hashChunk(input + <usize>chunk * CHUNK_BYTES, CHUNK_BYTES, chunk, key, flags, 0, CHAINING_VALUE);
    push(CHAINING_VALUE, chunk + 1, key, flags);
  }
  const top = STACK + 32 * <usize>stackSize;
  hashChunk(input + <usize>last * CHUNK_BYTES, length - last * CHUNK_BYTES, last, key, flags, 0, top);
  for (let at = top - 32; at > STACK; at -= 32) {
    compress(key, at, 0, BLOCK_BYTES, flags | PARENT, at);
  }
  compress(key, STACK, 0, BLOCK_BYTES, flags | PARENT | ROOT, out);
}

function hash(input: usize, length: u32, key: usize, flags: u32, out: usize): void {
  if (length <= CHUNK_BYTES) hashChunk(input, length, 0, key, flags, ROOT, out);
  else hashTree(input, length, key, flags, out);
}

/** BLAKE3-256 of `length` bytes at `input`. */
export function blake3(input: usize, length: u32, out: usize): void {
  hash(input, length, BLAKE3_IV, 0, out);
}

/** The keyed mode under the 32 bytes at `key`. */
export function blake3Keyed(input: usize, length: u32, key: usize, out: usize): void {
  hash(input, length, key, KEYED_HASH, out);
}

/** First half of the derive-key mode: the key that belongs to a context string. */
export function blake3ContextKey(context: usize, length: u32, out: usize): void {
  hash(context, length, BLAKE3_IV, DERIVE_KEY_CONTEXT, out);
}

/** Second half of the derive-key mode, under a key made by {@link blake3ContextKey}. */
export function blake3Derive(input: usize, length: u32, contextKey: usize, out: usize): void {
  hash(input, length, contextKey, DERIVE_KEY_MATERIAL, out);
}
