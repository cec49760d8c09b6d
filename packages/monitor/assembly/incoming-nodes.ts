// SPDX-License-Identifier: Apache-2.0
/**
 * Value hashes of nodes that come in from the tree, several at once: paths come in as runs of AddM. Four BLAKE3 hashes (profile `bytes`) cost
 * half of what they do one by one, two of BLAKE2b (`kv64`) three quarters. On its way out a node must wait for the hash of what is below it,
 * so in `kv64` each is hashed together with a node that comes in after the run of EvictM.
 *
 * A digest here is that of the 136 bytes at an address of the private frame, which nobody changes before the next frame is opened (D.fetch):
 * so it does not matter when it is computed. That nodes follow is only guessed; a wrong guess has hashed bytes that nobody asks for. When a
 * node's turn comes its entry is parsed and checked in full, and the digest of its own bytes is found by their address.
 */
import { blake2b } from "@zeta/hashes/blake2b";
import { blake2bPair } from "@zeta/hashes/blake2b-pair";
import { blake3 } from "@zeta/hashes/blake3";
import { BLAKE3_IV, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, LANES_OUT, spreadKey } from "@zeta/hashes/blake3-lanes";
import { copyBytes } from "@zeta/hashes/copy";
import { cursor, frameEnd } from "./decode";
import { writeMerkleValue } from "./encode";
import {
  NODE_DIGESTS,
  NODE_DIGESTS_MAX,
  NODE_KEY_LANES,
  NODE_LANE_BYTES,
  NODE_LANES,
} from "./layout";
import { BYTES } from "./profile";

const LANES: usize = BYTES ? 4 : 2;

/** A descriptor: present, key, hash, deferred. A value: two of them. */
const LOGGED_DESCRIPTOR: usize = 1 + 34 + 32 + 1;
const VALUE_BYTES: usize = 2 * LOGGED_DESCRIPTOR;
/** What AddM has before the value: tag of the entry, tag of the record, key; and behind it: two slots. */
const BEFORE_VALUE: usize = 1 + 1 + 34;
const ENTRY_BYTES: usize = BEFORE_VALUE + VALUE_BYTES + 4;
/** EvictM: tag, two slots. */
const EVICT_M_BYTES: usize = 1 + 4;
const TAG_ADD_M: u32 = 0;
const TAG_EVICT_M: u32 = 2;
const TAG_INTERNAL: u32 = 0;
/** What is hashed: a tag, as in value-hash.ts, then the value. */
const TAG_MERKLE: u32 = 0;
const MESSAGE_BYTES: u32 = 1 + <u32>VALUE_BYTES;

/** The digests at NODE_DIGESTS are those of the values at `first`, `first` + ENTRY_BYTES and so on, `count` of them. */
let first: usize = 0;
let count: usize = 0;

/** Another frame: nothing is known of its bytes. */
export function forgetNodes(): void {
  first = 0;
  count = 0;
}

/** Where the hash stands of a node with two descriptors, whose value begins at `value` in the frame. */
export function nodeDigest(value: usize): usize {
  // Before `first` it wraps around, to more than any frame is long.
  const distance = value - first;
  if (distance < count * ENTRY_BYTES && distance % ENTRY_BYTES == 0) {
    return NODE_DIGESTS + 32 * (distance / ENTRY_BYTES);
  }
  first = value;
  count = 1;
  while (count < LANES && looksLikeNode(value + count * ENTRY_BYTES)) count++;
  for (let i: usize = 0; i < count; i++) stage(i, value + i * ENTRY_BYTES);
  if (count == 1) hashOne();
  else if (BYTES) hashLanes();
  else hashPair(NODE_DIGESTS, NODE_DIGESTS + 32);
  return NODE_DIGESTS;
}

/**
 * `kv64`: hashes the value of a slot with two descriptors into 32 bytes at `out`, together with the next node behind the run of EvictM whose
 * hash is not known.
 */
export function hashWithIncoming(slot: usize, out: usize): void {
  store<u8>(NODE_LANES, TAG_MERKLE);
  writeMerkleValue(NODE_LANES + 1, slot);
  if (first < cursor) {
    first = afterEvicts(cursor) + BEFORE_VALUE;
    count = 0;
  }
  const next = first + count * ENTRY_BYTES;
  if (count == NODE_DIGESTS_MAX || !looksLikeNode(next)) {
    blake2b(NODE_LANES, MESSAGE_BYTES, out);
    return;
  }
  stage(1, next);
  hashPair(out, NODE_DIGESTS + 32 * count);
  count++;
}

/** Where the run of EvictM ends that may stand at `entry`. */
function afterEvicts(entry: usize): usize {
  while (entry < frameEnd && load<u8>(entry) == TAG_EVICT_M) entry += EVICT_M_BYTES;
  return entry;
}

/** Would a node's value stand there, if the entry were an AddM of one with two descriptors? */
function looksLikeNode(value: usize): bool {
  if (value + VALUE_BYTES > frameEnd) return false;
  const entry = value - BEFORE_VALUE;
  if (load<u8>(entry) != TAG_ADD_M || load<u8>(entry, 1) != TAG_INTERNAL) return false;
  return load<u8>(value) == 1 && load<u8>(value + LOGGED_DESCRIPTOR) == 1;
}

/** Only so many bytes are ever written to a lane: the padding behind them stays zero. */
// @ts-ignore: decorator
@inline
function stage(lane: usize, value: usize): void {
  const at = NODE_LANES + lane * NODE_LANE_BYTES;
  store<u8>(at, TAG_MERKLE);
  for (let i: usize = 0; i < VALUE_BYTES - 8; i += 16) v128.store(at + 1 + i, v128.load(value + i));
  store<u64>(at, load<u64>(value, VALUE_BYTES - 8), 1 + VALUE_BYTES - 8);
}

function hashOne(): void {
  if (BYTES) blake3(NODE_LANES, MESSAGE_BYTES, NODE_DIGESTS);
  else blake2b(NODE_LANES, MESSAGE_BYTES, NODE_DIGESTS);
}

/** Lanes without a value compute something that nobody reads. */
function hashLanes(): void {
  const lengths = i32x4.splat(MESSAGE_BYTES);
  const b1 = NODE_LANES + NODE_LANE_BYTES;
  const b2 = b1 + NODE_LANE_BYTES;
  const b3 = b2 + NODE_LANE_BYTES;
  spreadKey(BLAKE3_IV, NODE_KEY_LANES);
  hashChunks(NODE_LANES, b1, b2, b3, lengths, i32x4.splat(0), NODE_KEY_LANES, 0, ROOT);
  copyBytes(NODE_DIGESTS, LANES_OUT, 32 * <u32>LANES);
}

function hashPair(outA: usize, outB: usize): void {
  blake2bPair(NODE_LANES, NODE_LANES + NODE_LANE_BYTES, MESSAGE_BYTES, outA, outB);
}
