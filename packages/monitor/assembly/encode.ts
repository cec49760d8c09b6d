// SPDX-License-Identifier: Apache-2.0
/** From a slot back to the bytes of the log: what is hashed of a record. Each function returns the address after what it wrote. */
import { depthOf, reverseBytes } from "./base-key";
import {
  descriptorOf,
  DESCRIPTOR_HASH,
  DESCRIPTOR_IN_DEFERRED,
  DESCRIPTOR_PRESENT,
  KEY_BITS,
  KIND_APPLICATION,
  KV64_KEY,
  KV64_VALUE,
  SLOT_KIND,
  SLOT_PRESENT,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { BYTES } from "./profile";
import { copyValueOut } from "./value-memory";

// @ts-ignore: decorator
@inline
export function writeU16(at: usize, value: u32): usize {
  store<u16>(at, bswap<u16>(<u16>value));
  return at + 2;
}

// @ts-ignore: decorator
@inline
export function writeU32(at: usize, value: u32): usize {
  store<u32>(at, bswap<u32>(value));
  return at + 4;
}

/** u256 W ‖ u16 depth. */
export function writeKey(at: usize, holder: usize): usize {
  reverseBytes(at, holder + KEY_BITS);
  return writeU16(at + 32, depthOf(holder));
}

function writeDescriptor(at: usize, descriptor: usize): usize {
  const present = load<u8>(descriptor, DESCRIPTOR_PRESENT);
  store<u8>(at, present);
  if (!present) return at + 1;
  at = writeKey(at + 1, descriptor);
  v128.store(at, v128.load(descriptor, DESCRIPTOR_HASH));
  v128.store(at, v128.load(descriptor, DESCRIPTOR_HASH + 16), 16);
  store<u8>(at, load<u8>(descriptor, DESCRIPTOR_IN_DEFERRED), 32);
  return at + 33;
}

export function writeMerkleValue(at: usize, slot: usize): usize {
  return writeDescriptor(writeDescriptor(at, descriptorOf(slot, 0)), descriptorOf(slot, 1));
}

/** Bytes of the record in a slot, as {@link writeRecord} writes them. */
export function recordBytes(slot: usize): u32 {
  if (load<u8>(slot, SLOT_KIND) != KIND_APPLICATION) {
    const left = load<u8>(descriptorOf(slot, 0), DESCRIPTOR_PRESENT);
    const right = load<u8>(descriptorOf(slot, 1), DESCRIPTOR_PRESENT);
    return 37 + 67 * (<u32>left + <u32>right);
  }
  const present = load<u8>(slot, SLOT_PRESENT);
  if (!BYTES) return present ? 18 : 10;
  return present ? 38 + load<u32>(slot, VALUE_LENGTH) : 34;
}

/** The record exactly as it would stand in the log. */
export function writeRecord(at: usize, slot: usize): usize {
  if (load<u8>(slot, SLOT_KIND) == KIND_APPLICATION) {
    store<u8>(at, 1);
    if (BYTES) return writeBytesRecord(at + 1, slot);
    const present = load<u8>(slot, SLOT_PRESENT);
    store<u64>(at, load<u64>(slot, KV64_KEY), 1);
    store<u8>(at, present, 9);
    if (!present) return at + 10;
    store<u64>(at, load<u64>(slot, KV64_VALUE), 10);
    return at + 18;
  }
  store<u8>(at, 0);
  return writeMerkleValue(writeKey(at + 1, slot), slot);
}

function writeBytesRecord(at: usize, slot: usize): usize {
  reverseBytes(at, slot + KEY_BITS);
  const present = load<u8>(slot, SLOT_PRESENT);
  store<u8>(at, present, 32);
  if (!present) return at + 33;
  const length = load<u32>(slot, VALUE_LENGTH);
  at = writeU32(at + 33, length);
  copyValueOut(at, load<u32>(slot, VALUE_PLACE), length);
  return at + length;
}
