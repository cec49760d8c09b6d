// SPDX-License-Identifier: Apache-2.0
import { blake3 } from "@noble/hashes/blake3.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";
import { type MerkleValue, writeMerkleValue } from "./record.ts";

/** SHA-256: signed statements and measurements. */
export function sha256(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return nobleSha256(message) as Uint8Array<ArrayBuffer>;
}

/** BLAKE3-256: keys, values, arguments and results of profile `bytes`. */
export function blake3Digest(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return blake3(message) as Uint8Array<ArrayBuffer>;
}

/** Hashers that have taken in their context, which costs as much as a short message. The contexts are constants of this package. */
const contextHashers = new Map<string, ReturnType<typeof blake3.create>>();

/** BLAKE3 in derive-key mode: the context separates one use from every other. */
export function blake3Derive(context: string, message: Uint8Array): Uint8Array<ArrayBuffer> {
  let hasher = contextHashers.get(context);
  if (hasher === undefined) {
    hasher = blake3.create({ context: utf8(context) });
    contextHashers.set(context, hasher);
  }
  return hasher.clone().update(message).digest() as Uint8Array<ArrayBuffer>;
}

/** The digest that names an application key in profile `bytes`. */
export const keyDigest = blake3Digest;

/** What is hashed of a Merkle value: tag `00` and the two descriptors (docs/formats.md §3). */
export function merkleValueBytes(value: MerkleValue): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(137).u8(0);
  writeMerkleValue(writer, value);
  return writer.toBytes();
}

/** What is hashed of an application value: `01` when absent, else `02` and the value. */
export function appValueBytes(value: Uint8Array | null): Uint8Array<ArrayBuffer> {
  return value === null
    ? Uint8Array.of(1)
    : new ByteWriter(1 + value.length).u8(2).bytes(value).toBytes();
}
