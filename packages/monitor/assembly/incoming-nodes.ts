// SPDX-License-Identifier: Apache-2.0
/**
 * Profile `bytes`: value hashes of nodes that come in from the tree, four at once. Paths come in as runs of AddM, and four BLAKE3 hashes
 * cost half of what they do one by one. (BLAKE2b of profile `kv64` has but two lanes in a vector, which gain next to nothing.)
 *
 * A digest here is that of the 136 bytes at an address of the private frame, which nobody changes before the next frame is opened (D.fetch):
 * so it does not matter when it is computed. That nodes follow is only guessed; a wrong guess has hashed bytes that nobody asks for. When a
 * node's turn comes its entry is parsed and checked in full, and the digest of its own bytes is found by their address.
 */
import { blake3 } from "@zeta/hashes/blake3";
import { BLAKE3_IV, ROOT } from "@zeta/hashes/blake3-constants";
import { hashChunks, LANES_OUT, spreadKey } from "@zeta/hashes/blake3-lanes";
import { copyBytes } from "@zeta/hashes/copy";
import { frameEnd } from "./decode";
import { NODE_DIGESTS, NODE_KEY_LANES, NODE_LANE_BYTES, NODE_LANES } from "./layout";

const LANES: usize = 4;

/** A descriptor: present, key, hash, deferred. A value: two of them. */
const LOGGED_DESCRIPTOR: usize = 1 + 34 + 32 + 1;
const VALUE_BYTES: usize = 2 * LOGGED_DESCRIPTOR;
/** What AddM has before the value: tag of the entry, tag of the record, key; and behind it: two slots. */
const BEFORE_VALUE: usize = 1 + 1 + 34;
const ENTRY_BYTES: usize = BEFORE_VALUE + VALUE_BYTES + 4;
const TAG_ADD_M: u32 = 0;
const TAG_INTERNAL: u32 = 0;
/** What is hashed: a tag, as in value-hash.ts, then the value. */
const TAG_MERKLE: u32 = 0;
const MESSAGE_BYTES: u32 = 1 + <u32>VALUE_BYTES;

/** The digests at NODE_DIGESTS are those of the values at `first`, `first` + ENTRY_BYTES and so on, `count` of them. */
let first: usize = 0;
let count: usize = 0;

/** Another frame: nothing is known of its bytes. */
export function forgetNodes(): void {
  count = 0;
}

/** Where the hash stands of a node with two descriptors, whose value begins at `value` in the frame. */
export function nodeDigest(value: usize): usize {
  for (let i: usize = 0; i < count; i++) {
    if (first + i * ENTRY_BYTES == value) return NODE_DIGESTS + 32 * i;
  }
  first = value;
  count = 1;
  while (count < LANES && looksLikeNode(value + count * ENTRY_BYTES)) count++;
  for (let i: usize = 0; i < count; i++) stage(i, value + i * ENTRY_BYTES);
  if (count == 1) blake3(NODE_LANES, MESSAGE_BYTES, NODE_DIGESTS);
  else hashLanes();
  return NODE_DIGESTS;
}

/** Would a node's value stand there, if the entry were an AddM of one with two descriptors? */
function looksLikeNode(value: usize): bool {
  if (value + VALUE_BYTES > frameEnd) return false;
  const entry = value - BEFORE_VALUE;
  if (load<u8>(entry) != TAG_ADD_M || load<u8>(entry, 1) != TAG_INTERNAL) return false;
  return load<u8>(value) == 1 && load<u8>(value + LOGGED_DESCRIPTOR) == 1;
}

/** Only this is ever written to a lane, so the padding behind it stays zero. */
// @ts-ignore: decorator
@inline
function stage(lane: usize, value: usize): void {
  const at = NODE_LANES + lane * NODE_LANE_BYTES;
  store<u8>(at, TAG_MERKLE);
  copyBytes(at + 1, value, <u32>VALUE_BYTES);
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
