// SPDX-License-Identifier: Apache-2.0
import { DIGEST_BYTES } from "@zeta/protocol/limits";

/** A record as storage keeps it. */
export interface StoredRecord {
  /** BLAKE3-256 of the key. */
  readonly digest: Uint8Array;
  /** Null: the tree knows the key, which has no value. */
  readonly value: Uint8Array | null;
}

/** Behind the digest: length of the value, or that there is none. `assembly/stored-record.ts` has the same numbers. */
const LENGTH_BYTES = 4;
const NO_VALUE = 0xffff_ffff;

/** Bytes that a record takes on its way into the module or out of it. */
export function storedBytes({ value }: StoredRecord): number {
  return DIGEST_BYTES + LENGTH_BYTES + (value?.length ?? 0);
}

/** Writes a record at `at`, where the memory has room; returns the position behind it. */
export function writeStored(
  memory: Uint8Array,
  view: DataView,
  at: number,
  { digest, value }: StoredRecord,
): number {
  const lengthAt = at + DIGEST_BYTES;
  memory.set(digest, at);
  view.setUint32(lengthAt, value === null ? NO_VALUE : value.length, true);
  if (value !== null) memory.set(value, lengthAt + LENGTH_BYTES);
  return lengthAt + LENGTH_BYTES + (value?.length ?? 0);
}

/** The records that fill the bytes, which they share. */
export function readStored(bytes: Uint8Array<ArrayBuffer>): StoredRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: StoredRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lengthAt = at + DIGEST_BYTES;
    const digest = bytes.subarray(at, lengthAt);
    const length = view.getUint32(lengthAt, true);
    const begin = lengthAt + LENGTH_BYTES;
    at = length === NO_VALUE ? begin : begin + length;
    records.push({ digest, value: length === NO_VALUE ? null : bytes.subarray(begin, at) });
  }
  return records;
}
