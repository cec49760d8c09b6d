// SPDX-License-Identifier: Apache-2.0
/** Records as bytes, on their way between storage and the worker that owns them; both ends are this code, as in packed-calls.ts. */
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { StoredRecord } from "@zeta/store/stored-record";

export function packRecords(records: readonly StoredRecord[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(128 * (records.length + 1));
  for (const { digest, value } of records) {
    writer.bytes(digest).bool(value !== null);
    if (value !== null) writer.u32(value.length).bytes(value);
  }
  return writer.toBytes();
}

/** They share the bytes. */
export function unpackRecords(bytes: Uint8Array): StoredRecord[] {
  const reader = new ByteReader(bytes);
  const records: StoredRecord[] = [];
  while (reader.remaining > 0) {
    const digest = reader.bytes(DIGEST_BYTES, "digest");
    const isThere = reader.bool("is there");
    const value = isThere ? reader.bytes(reader.u32("length"), "value") : null;
    records.push({ digest, value });
  }
  return records;
}
