// SPDX-License-Identifier: Apache-2.0
/**
 * RSASSA-PSS verification (RFC 8017 §8.1.2, §9.1.2) with SHA-384, MGF1-SHA-384 and a salt of 48
 * bytes, as AMD signs.
 */

import { sha384 } from "@noble/hashes/sha2.js";
import { concatBytes, equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import type { RsaKey } from "./public-key.ts";

const HASH_BYTES = 48;
const SALT_BYTES = 48;

/** AMD's keys have 4096 bits; smaller than 2048 would be forgeable, larger only wastes time. */
const MODULUS_BYTES_MIN = 256;
const MODULUS_BYTES_MAX = 512;

export function verifyPssSha384(key: RsaKey, signature: Uint8Array, message: Uint8Array): boolean {
  const size = key.modulus.length;
  if (size < MODULUS_BYTES_MIN || size > MODULUS_BYTES_MAX || signature.length !== size)
    return false;
  const modulus = bigEndian(key.modulus);
  const value = bigEndian(signature);
  if (value >= modulus) return false;
  const encodedBits = modulus.toString(2).length - 1;
  const encoded = power(value, bigEndian(key.exponent), modulus);
  const encodedBytes = Math.ceil(encodedBits / 8);
  if (encoded >> BigInt(8 * encodedBytes) !== 0n) return false;
  return matchesEncoding(fromBigInt(encoded, encodedBytes), encodedBits, sha384(message));
}

/**
 * EMSA-PSS-VERIFY: is `encoded` = maskedDB ‖ H ‖ bc with H over 8 zeros, the message's digest and
 * the salt within DB?
 */
function matchesEncoding(encoded: Uint8Array, encodedBits: number, digest: Uint8Array): boolean {
  const blockBytes = encoded.length - HASH_BYTES - 1;
  if (blockBytes < SALT_BYTES + 1 || encoded[encoded.length - 1] !== 0xbc) return false;
  const hash = encoded.subarray(blockBytes, blockBytes + HASH_BYTES);
  const mask = maskOf(hash, blockBytes);
  const block = encoded.subarray(0, blockBytes).map((byte, index) => byte ^ (mask[index] ?? 0));
  // Bits above the encoded length are zero in the masked block and are cleared after unmasking.
  const topMask = 0xff >> (8 * encoded.length - encodedBits);
  if (((encoded[0] ?? 0) & ~topMask) !== 0) return false;
  block[0] = (block[0] ?? 0) & topMask;
  const separator = blockBytes - SALT_BYTES - 1;
  if (block.subarray(0, separator).some((byte) => byte !== 0) || block[separator] !== 1)
    return false;
  const salt = block.subarray(separator + 1);
  return equalBytes(sha384(concatBytes(new Uint8Array(8), digest, salt)), hash);
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * HASH_BYTES < length; counter++) {
    // A block of at most 512 bytes needs fewer than 256 counters.
    blocks.push(sha384(concatBytes(seed, Uint8Array.of(0, 0, 0, counter))));
  }
  return concatBytes(...blocks).subarray(0, length);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

function bigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

function fromBigInt(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, "0");
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
