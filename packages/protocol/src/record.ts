// SPDX-License-Identifier: Apache-2.0
import {
  type BaseKey,
  type Direction,
  readBaseKey,
  readInternalKey,
  writeBaseKey,
} from "./base-key.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { assert, ZetaError } from "./error.ts";
import { DIGEST_BYTES, VALUE_BYTES_MAX } from "./limits.ts";
import { type Profile, RECORD_KEY_BYTES } from "./profile.ts";

/** What a node knows of the nearest existing record below it on one side (PROTOCOL §2.3). */
export interface Descriptor {
  readonly key: BaseKey;
  /** Value hash; stale while the record is in a slot or in deferred memory. */
  readonly hash: Uint8Array;
  /** The record was handed to deferred memory: the hash must not admit it. */
  readonly inDeferred: boolean;
}

/** Value of an internal record: the descriptors to the left and to the right. */
export type MerkleValue = readonly [Descriptor | null, Descriptor | null];

export const EMPTY_MERKLE_VALUE: MerkleValue = Object.freeze([null, null]) as MerkleValue;

/** A node of the tree, or an application's record; both live in slots, in the tree or in deferred memory. */
export type ZetaRecord =
  | { readonly kind: "internal"; readonly key: BaseKey; readonly value: MerkleValue }
  | {
      readonly kind: "app";
      /** `kv64`: u64 big endian; `bytes`: the key digest. */
      readonly key: Uint8Array;
      /** `null`: absent. */
      readonly value: Uint8Array | null;
    };

const INTERNAL = 0;
const APPLICATION = 1;

function writeDescriptor(writer: ByteWriter, descriptor: Descriptor | null): void {
  writer.bool(descriptor !== null);
  if (descriptor === null) return;
  writeBaseKey(writer, descriptor.key);
  writer.bytes(descriptor.hash).bool(descriptor.inDeferred);
}

function readDescriptor(reader: ByteReader): Descriptor | null {
  const tag = reader.u8("descriptor");
  if (tag === 0) return null;
  if (tag !== 1) throw new ZetaError("D.kind", `expected 0 or 1 for a descriptor, got ${tag}`);
  const key = readBaseKey(reader, "descendant key");
  const hash = reader.bytes(DIGEST_BYTES, "descendant hash").slice();
  return { key, hash, inDeferred: reader.bool("in-deferred flag") };
}

export function writeMerkleValue(writer: ByteWriter, value: MerkleValue): void {
  writeDescriptor(writer, value[0]);
  writeDescriptor(writer, value[1]);
}

export function readMerkleValue(reader: ByteReader): MerkleValue {
  const left = readDescriptor(reader);
  return [left, readDescriptor(reader)];
}

/** A Merkle value with one descriptor replaced. */
export function withDescriptor(
  value: MerkleValue,
  side: Direction,
  descriptor: Descriptor | null,
): MerkleValue {
  return side === 0 ? [descriptor, value[1]] : [value[0], descriptor];
}

/** Writes `00` for an absent value, else `01` and the value as the profile frames it. */
export function writeAppValue(
  writer: ByteWriter,
  value: Uint8Array | null,
  profile: Profile,
): void {
  writer.bool(value !== null);
  if (value === null) return;
  if (profile === "bytes") {
    assert(
      value.length <= VALUE_BYTES_MAX,
      `a value of at most ${VALUE_BYTES_MAX} bytes, got ${value.length}`,
    );
    writer.u32(value.length);
  } else assert(value.length === 8, `a kv64 value of 8 bytes, got ${value.length}`);
  writer.bytes(value);
}

function readAppValue(reader: ByteReader, profile: Profile): Uint8Array | null {
  const tag = reader.u8("application value");
  if (tag === 0) return null;
  if (tag !== 1)
    throw new ZetaError("D.kind", `expected 0 or 1 for an application value, got ${tag}`);
  const length = profile === "kv64" ? 8 : reader.u32("value length");
  if (length > VALUE_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected at most ${VALUE_BYTES_MAX} bytes of value, got ${length}`,
    );
  }
  return reader.bytes(length, "application value").slice();
}

export function writeRecord(writer: ByteWriter, record: ZetaRecord, profile: Profile): void {
  if (record.kind === "internal") {
    writeBaseKey(writer.u8(INTERNAL), record.key);
    writeMerkleValue(writer, record.value);
  } else {
    assert(
      record.key.length === RECORD_KEY_BYTES[profile],
      `a ${profile} record key, got ${record.key.length} bytes`,
    );
    writer.u8(APPLICATION).bytes(record.key);
    writeAppValue(writer, record.value, profile);
  }
}

/** @throws ZetaError `D.kind`, `D.short`, `D.length`, `D.bool` or `K.canon`. */
export function readRecord(reader: ByteReader, profile: Profile): ZetaRecord {
  const tag = reader.u8("record");
  if (tag === INTERNAL) {
    const key = readInternalKey(reader);
    return { kind: "internal", key, value: readMerkleValue(reader) };
  }
  if (tag !== APPLICATION)
    throw new ZetaError("D.kind", `expected 0 or 1 for a record, got ${tag}`);
  const key = reader.bytes(RECORD_KEY_BYTES[profile], "application key").slice();
  return { kind: "app", key, value: readAppValue(reader, profile) };
}
