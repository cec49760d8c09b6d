// SPDX-License-Identifier: Apache-2.0
/**
 * Receipts of profile `bytes` (docs/formats.md §3): the leaf of a call, and per epoch a tree of leaves in the shape of RFC 6962 §2.1, kept
 * as its frontier: level i holds the root of a full subtree of 2^i leaves exactly if bit i of the leaf count is set.
 */
import { blake3ContextKey, blake3Derive } from "@zeta/hashes/blake3";
import { copyDigest } from "@zeta/hashes/copy";
import { writeU16, writeU32 } from "./encode";
import {
  ARGUMENT_DIGEST,
  DIGEST,
  EPOCH_FRONTIER,
  EPOCH_LEAF_COUNT,
  LEAF_INPUT,
  LEAF_KEY,
  LEAVES,
  NODE_INPUT,
  NODE_KEY,
  RESULT_DIGEST,
} from "./layout";
import { DIGEST_BYTES, REQUEST_ID_BYTES } from "./profile";
import { clock, epochOf, threadId } from "./state";

/** "zeta.receipt.leaf.v1" and "zeta.receipt.node.v1" */
const LEAF_CONTEXT: usize = memory.data<u8>([
  0x7a, 0x65, 0x74, 0x61, 0x2e, 0x72, 0x65, 0x63, 0x65, 0x69, 0x70, 0x74, 0x2e, 0x6c, 0x65, 0x61,
  0x66, 0x2e, 0x76, 0x31,
]);
const NODE_CONTEXT: usize = memory.data<u8>([
  0x7a, 0x65, 0x74, 0x61, 0x2e, 0x72, 0x65, 0x63, 0x65, 0x69, 0x70, 0x74, 0x2e, 0x6e, 0x6f, 0x64,
  0x65, 0x2e, 0x76, 0x31,
]);
const CONTEXT_BYTES: u32 = 20;

const LEAF_INPUT_BYTES: u32 = 87;
const NODE_INPUT_BYTES: u32 = 64;
/** As many as a frontier of 40 levels can hold. */
const LEAF_COUNT_MAX: u64 = (<u64>1 << 40) - 1;

/** Leaves of the current frame. */
export let frameLeaves: u32 = 0;

export function initReceipts(): void {
  blake3ContextKey(LEAF_CONTEXT, CONTEXT_BYTES, LEAF_KEY);
  blake3ContextKey(NODE_CONTEXT, CONTEXT_BYTES, NODE_KEY);
}

export function startLeaves(): void {
  frameLeaves = 0;
}

/** Can the epoch take one more leaf (H.count)? */
export function canAppend(entry: usize): bool {
  return load<u64>(entry, EPOCH_LEAF_COUNT) < LEAF_COUNT_MAX;
}

/**
 * The leaf of a call, from its request id, function, ARGUMENT_DIGEST and RESULT_DIGEST. S.epoch: thread and epoch are this thread's own.
 * Appends it to the tree of the epoch and to the leaves of the frame.
 */
export function addReceipt(entry: usize, requestId: usize, functionId: u32): void {
  v128.store(LEAF_INPUT, v128.load(requestId));
  let at = writeU16(LEAF_INPUT + REQUEST_ID_BYTES, threadId);
  at = writeU32(at, epochOf(clock));
  store<u8>(at, functionId);
  copyDigest(at + 1, ARGUMENT_DIGEST);
  copyDigest(at + 1 + DIGEST_BYTES, RESULT_DIGEST);
  const leaf = LEAVES + <usize>frameLeaves * DIGEST_BYTES;
  blake3Derive(LEAF_INPUT, LEAF_INPUT_BYTES, LEAF_KEY, leaf);
  frameLeaves++;
  append(entry, leaf);
}

// @ts-ignore: decorator
@inline
function frontierAt(entry: usize, level: usize): usize {
  return entry + EPOCH_FRONTIER + level * DIGEST_BYTES;
}

/** Joins the new leaf with every full subtree to its left of its own size, as adding one carries through a binary number. */
function append(entry: usize, leaf: usize): void {
  const count = load<u64>(entry, EPOCH_LEAF_COUNT);
  store<u64>(entry, count + 1, EPOCH_LEAF_COUNT);
  copyDigest(DIGEST, leaf);
  let level: usize = 0;
  for (let bits = count; (bits & 1) != 0; bits >>= 1) joinLeft(frontierAt(entry, level++));
  copyDigest(frontierAt(entry, level), DIGEST);
}

/** DIGEST := node(left, DIGEST) */
function joinLeft(left: usize): void {
  copyDigest(NODE_INPUT, left);
  copyDigest(NODE_INPUT + DIGEST_BYTES, DIGEST);
  blake3Derive(NODE_INPUT, NODE_INPUT_BYTES, NODE_KEY, DIGEST);
}

/** The root: full subtrees joined from the smallest on the right to the largest; zeros when there is no leaf. */
export function receiptsRoot(entry: usize, out: usize): void {
  memory.fill(DIGEST, 0, DIGEST_BYTES);
  let found = false;
  let level: usize = 0;
  for (let bits = load<u64>(entry, EPOCH_LEAF_COUNT); bits != 0; bits >>= 1, level++) {
    if ((bits & 1) == 0) continue;
    if (found) joinLeft(frontierAt(entry, level));
    else copyDigest(DIGEST, frontierAt(entry, level));
    found = true;
  }
  copyDigest(out, DIGEST);
}
