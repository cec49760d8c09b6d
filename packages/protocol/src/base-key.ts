// SPDX-License-Identifier: Apache-2.0
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { assert, ZetaError } from "./error.ts";

/**
 * A name in the sparse Merkle tree: the `depth` least significant bits of a 256-bit number W, given as 32 big-endian bytes. The bit that
 * a node of depth d branches on is bit d of W, least significant first (docs/formats.md §1).
 */
export interface BaseKey {
  /** 0 (the root) to 256 (a data key). */
  readonly depth: number;
  /** W; bits at positions >= depth are zero. */
  readonly bits: Uint8Array;
}

export type Direction = 0 | 1;

export const DATA_KEY_DEPTH = 256;

const BASE_KEY_BYTES = 32;

export const ROOT: BaseKey = Object.freeze({ depth: 0, bits: new Uint8Array(BASE_KEY_BYTES) });

/** The base key of a data record with this 32-byte digest. */
export function dataKey(digest: Uint8Array): BaseKey {
  assert(digest.length === BASE_KEY_BYTES, `a digest of 32 bytes, got ${digest.length}`);
  return { depth: DATA_KEY_DEPTH, bits: digest };
}

/** Bit `position` of W: the branch below a node of that depth. */
export function direction(key: BaseKey, position: number): Direction {
  return (((key.bits[31 - (position >> 3)] ?? 0) >> (position & 7)) & 1) as Direction;
}

/** The ancestor of `key` with this depth. */
export function ancestorAt(key: BaseKey, depth: number): BaseKey {
  assert(depth <= key.depth, `an ancestor of depth <= ${key.depth}, got ${depth}`);
  const bits = new Uint8Array(BASE_KEY_BYTES);
  const whole = depth >> 3;
  bits.set(key.bits.subarray(BASE_KEY_BYTES - whole), BASE_KEY_BYTES - whole);
  if (depth & 7) {
    const at = 31 - whole;
    bits[at] = (key.bits[at] ?? 0) & ((1 << (depth & 7)) - 1);
  }
  return { depth, bits };
}

/** How many least significant bits `a` and `b` share, at most the smaller depth: the depth of their nearest common ancestor. */
export function commonDepth(a: BaseKey, b: BaseKey): number {
  const limit = Math.min(a.depth, b.depth);
  for (let depth = 0; depth < limit; depth += 8) {
    const at = 31 - (depth >> 3);
    const difference = (a.bits[at] ?? 0) ^ (b.bits[at] ?? 0);
    if (difference !== 0) return Math.min(limit, depth + 31 - Math.clz32(difference & -difference));
  }
  return limit;
}

/** Is `key` a proper descendant of `ancestor` (`M.desc`)? */
export function isProperDescendant(key: BaseKey, ancestor: BaseKey): boolean {
  return key.depth > ancestor.depth && commonDepth(key, ancestor) === ancestor.depth;
}

/** The fixed total order that breaks ties of timestamps: depth first, then W; the root is the minimum. */
export function compareBaseKeys(a: BaseKey, b: BaseKey): number {
  if (a.depth !== b.depth) return a.depth - b.depth;
  for (let i = 0; i < BASE_KEY_BYTES; i++) {
    const difference = (a.bits[i] ?? 0) - (b.bits[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function equalBaseKeys(a: BaseKey, b: BaseKey): boolean {
  return compareBaseKeys(a, b) === 0;
}

function isCanonical(key: BaseKey): boolean {
  if (key.depth > DATA_KEY_DEPTH) return false;
  for (let position = key.depth; position < DATA_KEY_DEPTH; position++) {
    if ((position & 7) === 0) {
      if ((key.bits[31 - (position >> 3)] ?? 0) !== 0) return false;
      position += 7;
    } else if (direction(key, position) !== 0) return false;
  }
  return true;
}

export function writeBaseKey(writer: ByteWriter, key: BaseKey): void {
  writer.bytes(key.bits).u16(key.depth);
}

/** @throws ZetaError `K.canon` unless bits beyond the depth are zero: one node must have one name. */
export function readBaseKey(reader: ByteReader, what = "base key"): BaseKey {
  const bits = reader.bytes(BASE_KEY_BYTES, what).slice();
  const key = { depth: reader.u16(what), bits };
  if (!isCanonical(key)) {
    throw new ZetaError(
      "K.canon",
      `expected a canonical ${what}, got depth ${key.depth} with bits beyond it`,
    );
  }
  return key;
}

/** @throws ZetaError `K.canon` for a key of depth 256: an internal node has something below it. */
export function readInternalKey(reader: ByteReader, what = "internal key"): BaseKey {
  const key = readBaseKey(reader, what);
  if (key.depth >= DATA_KEY_DEPTH) {
    throw new ZetaError("K.canon", `expected depth < 256 of an ${what}, got ${key.depth}`);
  }
  return key;
}
