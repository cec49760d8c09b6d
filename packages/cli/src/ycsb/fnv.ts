// SPDX-License-Identifier: Apache-2.0

/** 64 bits as two unsigned halves: BigInt would dominate the generator's time. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** The FNV-64 prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const TWO_32 = 2 ** 32;

/**
 * FNV-1a over the eight bytes of a number below 2^53, least significant first, as in `Utils.fnvhash64` of YCSB's core: the absolute value
 * of the signed 64-bit hash.
 */
export function fnvHash64(value: number): Hash64 {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  let rest = value;
  for (let i = 0; i < 8; i++) {
    low = (low ^ (rest % 256)) >>> 0;
    rest = Math.floor(rest / 256);
    const product = low * PRIME_LOW;
    // hash * (2^40 + 0x1b3) modulo 2^64: the 2^40 part only reaches the upper half.
    high = (Math.imul(high, PRIME_LOW) + Math.floor(product / TWO_32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high < 0x8000_0000 ? { high, low } : negated(high, low);
}

function negated(high: number, low: number): Hash64 {
  const negatedLow = -low >>> 0;
  return { high: (~high + (negatedLow === 0 ? 1 : 0)) >>> 0, low: negatedLow };
}

/** The hash modulo `limit`, limit < 2^37 so that no step leaves the exact integers. */
export function hashModulo(hash: Hash64, limit: number): number {
  const upper = ((hash.high % limit) * 65_536 + (hash.low >>> 16)) % limit;
  return (upper * 65_536 + (hash.low & 0xffff)) % limit;
}

/** The hash in decimal. */
export function hashText(hash: Hash64): string {
  return ((BigInt(hash.high) << 32n) | BigInt(hash.low)).toString();
}
