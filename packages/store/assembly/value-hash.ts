// SPDX-License-Identifier: Apache-2.0
/** The hash that the monitor will find when the element goes back to the tree (docs/formats.md §3): BLAKE2b-256 of the tagged value, `bytes`: BLAKE3. */
import { blake2b } from "@zeta/hashes/blake2b";
import { blake3 } from "@zeta/hashes/blake3";
import { copyBytes } from "@zeta/hashes/copy";
import { flagsOf } from "./element";
import { writeMerkleValue } from "./encode";
import { isNode, PRESENT, SCRATCH, VALUE, VALUE_LENGTH } from "./layout";
import { BYTES } from "./profile";

const TAG_MERKLE: u32 = 0;
const TAG_ABSENT: u32 = 1;
const TAG_VALUE: u32 = 2;

/** Writes 32 bytes to `out`. */
export function valueHash(element: usize, out: usize): void {
  if (BYTES) hashBytes(element, out);
  else blake2b(SCRATCH, <u32>(writeTagged(SCRATCH, element) - SCRATCH), out);
}

function hashBytes(element: usize, out: usize): void {
  if (!isNode(element) && (flagsOf(element) & PRESENT) != 0) {
    blake3(load<u32>(element, VALUE), 1 + load<u32>(element, VALUE_LENGTH), out);
  } else blake3(SCRATCH, <u32>(writeTagged(SCRATCH, element) - SCRATCH), out);
}

/** What is hashed; returns the address after it. */
export function writeTagged(at: usize, element: usize): usize {
  if (isNode(element)) {
    store<u8>(at, TAG_MERKLE);
    return writeMerkleValue(at + 1, element);
  }
  const present = flagsOf(element) & PRESENT;
  if (BYTES && present) {
    const bytes = 1 + load<u32>(element, VALUE_LENGTH);
    copyBytes(at, load<u32>(element, VALUE), bytes);
    return at + bytes;
  }
  store<u8>(at, present ? TAG_VALUE : TAG_ABSENT);
  if (!present) return at + 1;
  store<u64>(at, bswap<u64>(load<u64>(element, VALUE)), 1);
  return at + 9;
}
