// SPDX-License-Identifier: Apache-2.0

import { blake2b } from "@noble/hashes/blake2.js";
import { type BaseKey, type Direction, dataKey } from "@zeta/protocol/base-key";
import { toHex } from "@zeta/protocol/hex";
import type { ZetaRecord } from "@zeta/protocol/record";

/**
 * Names of nodes and records, on bigints: W is one 256-bit number and every question below is one
 * line of arithmetic (docs/formats.md §1). The least significant bit is the first step down from
 * the root.
 */
function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

/** The first `depth` steps of the way from the root to W. */
function prefix(w: bigint, depth: number): bigint {
  return w % (1n << BigInt(depth));
}

export function sameKey(a: BaseKey, b: BaseKey): boolean {
  return a.depth === b.depth && numberOf(a.bits) === numberOf(b.bits);
}

/** k ⊏ a: `key` lies strictly below `ancestor`. */
export function isBelow(key: BaseKey, ancestor: BaseKey): boolean {
  const w = numberOf(ancestor.bits);
  return key.depth > ancestor.depth && prefix(numberOf(key.bits), ancestor.depth) === w;
}

/** The side of a node of this depth on which `key` lies: 0 left, 1 right. */
export function side(key: BaseKey, depth: number): Direction {
  return (numberOf(key.bits) >> BigInt(depth)) & 1n ? 1 : 0;
}

/** Strictly smaller in the fixed order that breaks ties of timestamps: depth first, then W. */
export function isSmaller(a: BaseKey, b: BaseKey): boolean {
  return a.depth !== b.depth ? a.depth < b.depth : numberOf(a.bits) < numberOf(b.bits);
}

/** How application keys become base keys; `weak` exists for the test of rule K.inj only. */
export type Lowering = "identity" | "blake2b" | "digest" | "weak";

/**
 * The base key of a record. An injective lowering matters: value hashes do not cover the key
 * (K.inj).
 */
export function baseKeyOf(record: ZetaRecord, lowering: Lowering): BaseKey {
  if (record.kind === "internal") return record.key;
  switch (lowering) {
    case "digest":
      return dataKey(record.key);
    case "blake2b":
      return dataKey(blake2b(record.key, { dkLen: 32 }));
    case "identity": {
      const bits = new Uint8Array(32);
      bits.set(record.key, 24);
      return dataKey(bits);
    }
    case "weak": {
      const bits = new Uint8Array(32);
      bits[31] = (record.key.at(-1) ?? 0) & 0x0f;
      return dataKey(bits);
    }
  }
}
