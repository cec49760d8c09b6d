// SPDX-License-Identifier: Apache-2.0
/**
 * Records as they come from storage and go there (profile `bytes`): digest of the key (32 bytes) ‖ u32 length, little endian, or NO_VALUE ‖ value.
 * They say nothing of the tree: its shape and its hashes follow from them.
 */
import { copyBytes } from "@zeta/hashes/copy";
import { setFlags, setSlot, setTime } from "./element";
import { writeDigest } from "./encode";
import { toLimbs } from "./key-digest";
import { setKey } from "./key-index";
import { setUnused } from "./last-use";
import {
  DIGESTS,
  HASH_CURRENT,
  NEVER,
  newRecord,
  nodes,
  NO_SLOT,
  PRESENT,
  recordsEnd,
  VALUE,
  VALUE_LENGTH,
} from "./layout";
import { VALUE_BYTES_MAX } from "./profile";
import { allocate, isPresent, valueOf } from "./value-heap";

const LENGTH: usize = 32;
const HEAD_BYTES: usize = 36;
const NO_VALUE: u32 = u32.MAX_VALUE;

export const STORED_BYTES_MAX: usize = HEAD_BYTES + <usize>VALUE_BYTES_MAX;

/** Returns the address after it. */
export function writeStored(at: usize, record: usize): usize {
  writeDigest(at, record);
  if (!isPresent(record)) {
    store<u32>(at, NO_VALUE, LENGTH);
    return at + HEAD_BYTES;
  }
  const length = load<u32>(record, VALUE_LENGTH);
  store<u32>(at, length, LENGTH);
  copyBytes(at + HEAD_BYTES, valueOf(record), length);
  return at + HEAD_BYTES + length;
}

/** Creates the record as one that is at rest under a node that is not yet there; returns the address after it, 0 if there is no room. */
export function readStored(at: usize): usize {
  if (recordsEnd == nodes) return 0;
  const length = load<u32>(at, LENGTH);
  const present = length != NO_VALUE;
  const block = present ? allocate(length) : 0;
  if (present && block == 0) return 0;
  const record = newRecord();
  toLimbs(at, DIGESTS);
  setKey(record, <u64>DIGESTS);
  setSlot(record, NO_SLOT);
  setTime(record, NEVER);
  setFlags(record, present ? PRESENT | HASH_CURRENT : HASH_CURRENT);
  setUnused(record);
  if (!present) return at + HEAD_BYTES;
  store<u32>(record, <u32>block, VALUE);
  store<u32>(record, length, VALUE_LENGTH);
  copyBytes(block + 1, at + HEAD_BYTES, length);
  return at + HEAD_BYTES + length;
}
