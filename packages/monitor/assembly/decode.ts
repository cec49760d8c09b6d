// SPDX-License-Identifier: Apache-2.0
/**
 * Strict parsing of the private frame. Every read is bounds-checked against the frame's end by comparing what is left, which cannot
 * overflow. A function that reads something returns the address after it, or 0 once it has recorded why the bytes are malformed. Order of
 * the checks = order of the bytes.
 */
import { blake2b } from "@zeta/hashes/blake2b";
import { DATA_KEY_DEPTH, depthOf, isCanonical, reverseBytes } from "./base-key";
import { D_bool, D_kind, D_length, D_short, K_canon } from "./checks";
import {
  descriptorOf,
  DESCRIPTOR_HASH,
  DESCRIPTOR_IN_DEFERRED,
  DESCRIPTOR_PRESENT,
  DIGEST,
  INCOMING,
  KEY_BITS,
  KEY_DEPTH,
  KIND_APPLICATION,
  KIND_INTERNAL,
  KV64_KEY,
  KV64_VALUE,
  VALUE_LENGTH,
  VALUE_PLACE,
} from "./layout";
import { malformed } from "./outcome";
import { BYTES, DIGEST_BYTES, RECORD_KEY_BYTES, VALUE_BYTES_MAX } from "./profile";

/** Address after the frame's last byte. */
export let frameEnd: usize = 0;
/** Address of the next byte to parse. */
export let cursor: usize = 0;

/** Where the value of the node that was read last begins. */
export let nodeValue: usize = 0;

/** `kv64`: application keys are hashed with BLAKE2b-256 instead of embedded. */
let hashesKeys: bool = false;

export function setKeyHash(blake2b: bool): void {
  hashesKeys = blake2b;
}

export function openFrame(start: usize, length: u32): void {
  cursor = start;
  frameEnd = start + length;
}

// @ts-ignore: decorator
@inline
export function advance(to: usize): void {
  cursor = to;
}

/** Are there `bytes` more bytes from `at`? `at` never exceeds the frame's end. */
// @ts-ignore: decorator
@inline
export function has(at: usize, bytes: u32): bool {
  return frameEnd - at >= bytes;
}

function bad(check: i32): usize {
  malformed(check);
  return 0;
}

// @ts-ignore: decorator
@inline
export function readU16(at: usize): u32 {
  return ((<u32>load<u8>(at)) << 8) | <u32>load<u8>(at, 1);
}

// @ts-ignore: decorator
@inline
export function readU32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

/** u32 epoch ‖ u32 counter is one u64, ordered as time is. */
// @ts-ignore: decorator
@inline
export function readTime(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

/** Header of an incoming record: kind, presence of a value, depth; no children, no parent, method filled in when it is installed. */
// @ts-ignore: decorator
@inline
function startRecord(kind: u64, present: u64, depth: u64): void {
  store<u64>(INCOMING, kind | (present << 16) | (depth << 32) | 0xffff000000000000);
  store<u64>(INCOMING, 0xffffffff, 8);
}

/** A record: becomes INCOMING. */
export function readRecord(at: usize): usize {
  if (!has(at, 1)) return bad(D_short);
  const tag = load<u8>(at);
  if (tag == 1) return readApplication(at + 1);
  if (tag == 0) return readInternal(at + 1);
  return bad(D_kind);
}

/** Application key and optional value. M.type and B.type hold by this encoding: the record's tag decides what kind of value follows. */
function readApplication(at: usize): usize {
  if (!has(at, RECORD_KEY_BYTES + 1)) return bad(D_short);
  const present = load<u8>(at + RECORD_KEY_BYTES);
  if (present > 1) return bad(D_kind);
  startRecord(KIND_APPLICATION, present, DATA_KEY_DEPTH);
  // K.inj, profile bytes: W is the BLAKE3 digest of the key, which RunApp recomputes (R.key).
  if (BYTES) reverseBytes(INCOMING + KEY_BITS, at);
  else lowerKey(at);
  return readValue(at + RECORD_KEY_BYTES + 1, present);
}

/** K.inj: the base key of a u64 key, either embedded (W = key) or its BLAKE2b-256 digest read as a number. */
// @ts-ignore: decorator
@inline
function lowerKey(at: usize): void {
  store<u64>(INCOMING, load<u64>(at), KV64_KEY);
  if (hashesKeys) {
    blake2b(at, 8, DIGEST);
    reverseBytes(INCOMING + KEY_BITS, DIGEST);
  } else {
    v128.store(INCOMING, i64x2(bswap<u64>(load<u64>(at)), 0), KEY_BITS);
    v128.store(INCOMING, i64x2.splat(0), KEY_BITS + 16);
  }
}

// @ts-ignore: decorator
@inline
function readValue(at: usize, present: u32): usize {
  if (BYTES) return readBytes(at, present);
  if (!present) {
    store<u64>(INCOMING, 0, KV64_VALUE);
    return at;
  }
  if (!has(at, 8)) return bad(D_short);
  store<u64>(INCOMING, load<u64>(at), KV64_VALUE);
  return at + 8;
}

function readBytes(at: usize, present: u32): usize {
  store<u64>(INCOMING, 0, VALUE_LENGTH);
  if (!present) return at;
  if (!has(at, 4)) return bad(D_short);
  const length = readU32(at);
  if (length > VALUE_BYTES_MAX) return bad(D_length);
  if (!has(at + 4, length)) return bad(D_short);
  store<u32>(INCOMING, length, VALUE_LENGTH);
  store<u32>(INCOMING, <u32>(at + 4), VALUE_PLACE);
  return at + 4 + length;
}

function readInternal(at: usize): usize {
  startRecord(KIND_INTERNAL, 0, 0);
  at = readKey(at, INCOMING);
  if (!at) return 0;
  if (depthOf(INCOMING) == DATA_KEY_DEPTH) return bad(K_canon);
  nodeValue = at;
  at = readDescriptor(at, descriptorOf(INCOMING, 0));
  return at ? readDescriptor(at, descriptorOf(INCOMING, 1)) : 0;
}

/** u256 W ‖ u16 depth into a key holder. */
function readKey(at: usize, holder: usize): usize {
  if (!has(at, 34)) return bad(D_short);
  reverseBytes(holder + KEY_BITS, at);
  store<u16>(holder, readU16(at + 32), KEY_DEPTH);
  return isCanonical(holder) ? at + 34 : bad(K_canon);
}

export function readDescriptor(at: usize, descriptor: usize): usize {
  if (!has(at, 1)) return bad(D_short);
  const tag = load<u8>(at);
  if (tag > 1) return bad(D_kind);
  store<u8>(descriptor, tag, DESCRIPTOR_PRESENT);
  if (tag == 0) return at + 1;
  at = readKey(at + 1, descriptor);
  if (!at) return 0;
  if (!has(at, DIGEST_BYTES + 1)) return bad(D_short);
  v128.store(descriptor, v128.load(at), DESCRIPTOR_HASH);
  v128.store(descriptor, v128.load(at, 16), DESCRIPTOR_HASH + 16);
  const flag = load<u8>(at + DIGEST_BYTES);
  if (flag > 1) return bad(D_bool);
  store<u8>(descriptor, flag, DESCRIPTOR_IN_DEFERRED);
  return at + DIGEST_BYTES + 1;
}
