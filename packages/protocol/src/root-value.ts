// SPDX-License-Identifier: Apache-2.0
import { direction } from "./base-key.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { blake3Digest, merkleValueBytes } from "./digest.ts";
import { ZetaError } from "./error.ts";
import {
  type Descriptor,
  EMPTY_MERKLE_VALUE,
  type MerkleValue,
  readMerkleValue,
  writeMerkleValue,
} from "./record.ts";

/** Longest root value: two descriptors of tag, base key, hash and flag. */
export const ROOT_VALUE_BYTES_MAX = 2 * (1 + 34 + 32 + 1);

/** The value of the root as it stands in the log: two descriptors. */
export function encodeRootValue(value: MerkleValue): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(ROOT_VALUE_BYTES_MAX);
  writeMerkleValue(writer, value);
  return writer.toBytes();
}

/** The root of a tree in which nothing ever was. */
export const EMPTY_ROOT_VALUE: Uint8Array = encodeRootValue(EMPTY_MERKLE_VALUE);

/**
 * Reads the root of a tree *at rest*: everything below it is in the tree, so no descriptor says that its record is in deferred memory.
 *
 * @throws ZetaError `D.kind`, `D.short`, `D.length`, `D.bool`, `K.canon`, `M.desc` for a descriptor on the wrong side, `M.blum` for one that
 * is in deferred memory.
 */
export function decodeRootValue(bytes: Uint8Array): MerkleValue {
  if (bytes.length > ROOT_VALUE_BYTES_MAX) {
    const got = `${bytes.length} bytes of root value`;
    throw new ZetaError("D.length", `expected at most ${ROOT_VALUE_BYTES_MAX}, got ${got}`);
  }
  const reader = new ByteReader(bytes);
  const value = readMerkleValue(reader);
  reader.end("root value");
  checkAtRest(value[0], 0);
  checkAtRest(value[1], 1);
  return value;
}

function checkAtRest(descriptor: Descriptor | null, side: 0 | 1): void {
  if (descriptor === null) return;
  const { key, inDeferred } = descriptor;
  if (key.depth === 0 || direction(key, 0) !== side) {
    throw new ZetaError("M.desc", `expected a key on side ${side} of the root, got another`);
  }
  if (inDeferred) {
    throw new ZetaError("M.blum", "expected a tree at rest, got a record in deferred memory");
  }
}

/**
 * What names the state of a whole service of profile `bytes`: the value hash of the root at rest, 32 bytes.
 *
 * @example
 * rootHash(EMPTY_ROOT_VALUE); // where every service begins
 * @throws as {@link decodeRootValue}.
 */
export function rootHash(rootValue: Uint8Array): Uint8Array<ArrayBuffer> {
  return blake3Digest(merkleValueBytes(decodeRootValue(rootValue)));
}
