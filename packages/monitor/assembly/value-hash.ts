// SPDX-License-Identifier: Apache-2.0
/**
 * The hash that a record leaves in its parent when it goes cold: over the tagged value alone (docs/formats.md §3). The key is bound by the
 * parent's descriptor.
 */
import { blake2b } from "@zeta/hashes/blake2b";
import { blake3 } from "@zeta/hashes/blake3";
import { copyBytes } from "@zeta/hashes/copy";
import { nodeValue } from "./decode";
import { writeMerkleValue } from "./encode";
import { hashWithIncoming, nodeDigest } from "./incoming-nodes";
import {
  descriptorOf,
  DESCRIPTOR_PRESENT,
  DIGEST,
  INCOMING,
  KIND_INTERNAL,
  KV64_VALUE,
  SCRATCH,
  SLOT_KIND,
  SLOT_PRESENT,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { BYTES } from "./profile";
import { copyValueOut } from "./value-memory";

const TAG_MERKLE: u32 = 0;
const TAG_ABSENT: u32 = 1;
const TAG_VALUE: u32 = 2;

/** Hashes the value of a slot into 32 bytes at `out`. */
export function valueHash(slot: usize, out: usize): void {
  if (!BYTES && isNodeWithTwo(slot)) hashWithIncoming(slot, out);
  else hashTagged(tagValue(slot, false), out);
}

/** The same of the incoming record, whose bytes are still in the frame: returns where the digest stands. */
export function incomingValueHash(): usize {
  if (isNodeWithTwo(INCOMING)) return nodeDigest(nodeValue);
  hashTagged(tagValue(INCOMING, true), DIGEST);
  return DIGEST;
}

/** Is it a node with a record below it on both sides? */
// @ts-ignore: decorator
@inline
function isNodeWithTwo(record: usize): bool {
  if (load<u8>(record, SLOT_KIND) != KIND_INTERNAL) return false;
  const left = load<u8>(descriptorOf(record, 0), DESCRIPTOR_PRESENT);
  const right = load<u8>(descriptorOf(record, 1), DESCRIPTOR_PRESENT);
  return (left & right) != 0;
}

// @ts-ignore: decorator
@inline
function hashTagged(length: u32, out: usize): void {
  if (BYTES) blake3(SCRATCH, length, out);
  else blake2b(SCRATCH, length, out);
}

/** Writes the tagged value to SCRATCH; returns its length. */
function tagValue(record: usize, incoming: bool): u32 {
  if (load<u8>(record, SLOT_KIND) == KIND_INTERNAL) {
    store<u8>(SCRATCH, TAG_MERKLE);
    return <u32>(writeMerkleValue(SCRATCH + 1, record) - SCRATCH);
  }
  const present = load<u8>(record, SLOT_PRESENT);
  store<u8>(SCRATCH, present ? TAG_VALUE : TAG_ABSENT);
  if (!present) return 1;
  if (!BYTES) {
    store<u64>(SCRATCH, load<u64>(record, KV64_VALUE), 1);
    return 9;
  }
  const length = load<u32>(record, VALUE_LENGTH);
  const place = load<u32>(record, VALUE_PLACE);
  if (incoming) copyBytes(SCRATCH + 1, place, length);
  else copyValueOut(SCRATCH + 1, place, length);
  return 1 + length;
}
