// SPDX-License-Identifier: Apache-2.0
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { ZetaError } from "./error.ts";
import type { Profile } from "./profile.ts";
import { readRecord, writeRecord, type ZetaRecord } from "./record.ts";
import { readTimestamp, type Timestamp, writeTimestamp } from "./timestamp.ts";

/** The eight entries of a monitor thread's log (PROTOCOL §4, docs/formats.md §2). */
export type LogEntry =
  | {
      readonly type: "AddM";
      readonly record: ZetaRecord;
      readonly slot: number;
      readonly parent: number;
    }
  | {
      readonly type: "AddB";
      readonly record: ZetaRecord;
      readonly slot: number;
      readonly time: Timestamp;
      /** The thread that evicted the record. */
      readonly thread: number;
    }
  | { readonly type: "EvictM"; readonly slot: number; readonly parent: number }
  | { readonly type: "EvictB"; readonly slot: number; readonly time: Timestamp }
  | {
      readonly type: "EvictBM";
      readonly slot: number;
      readonly parent: number;
      readonly time: Timestamp;
    }
  | { readonly type: "NextEpoch" }
  | { readonly type: "VerifyEpoch" }
  | { readonly type: "RunApp"; readonly function: number; readonly payload: Uint8Array };

export type EntryType = LogEntry["type"];

/** Tag bytes: the index is the tag. */
export const ENTRY_TYPES: readonly EntryType[] = [
  "AddM",
  "AddB",
  "EvictM",
  "EvictB",
  "EvictBM",
  "NextEpoch",
  "VerifyEpoch",
  "RunApp",
];

/** Payload lengths are u31 in the reference, so that its signed comparisons cannot be fooled. */
const PAYLOAD_BYTES_MAX = 0x7fff_ffff;

export function writeLogEntry(writer: ByteWriter, entry: LogEntry, profile: Profile): void {
  writer.u8(ENTRY_TYPES.indexOf(entry.type));
  switch (entry.type) {
    case "AddM":
      writeRecord(writer, entry.record, profile);
      writer.u16(entry.slot).u16(entry.parent);
      break;
    case "AddB":
      writeRecord(writer, entry.record, profile);
      writeTimestamp(writer.u16(entry.slot), entry.time);
      writer.u16(entry.thread);
      break;
    case "EvictM":
      writer.u16(entry.slot).u16(entry.parent);
      break;
    case "EvictB":
      writeTimestamp(writer.u16(entry.slot), entry.time);
      break;
    case "EvictBM":
      writeTimestamp(writer.u16(entry.slot).u16(entry.parent), entry.time);
      break;
    case "RunApp":
      writer.u8(entry.function).u32(entry.payload.length).bytes(entry.payload);
      break;
    default:
      break;
  }
}

function readRunApp(reader: ByteReader): LogEntry {
  const id = reader.u8("function");
  const length = reader.u32("payload length");
  if (length > PAYLOAD_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected at most ${PAYLOAD_BYTES_MAX} bytes of payload, got ${length}`,
    );
  }
  return { type: "RunApp", function: id, payload: reader.bytes(length, "payload").slice() };
}

/**
 * Reads one entry. The bytes come from the host: strict, canonical, bounds-checked.
 *
 * @throws ZetaError `D.tag`, `D.short`, `D.kind`, `D.bool`, `D.length` or `K.canon`.
 */
export function readLogEntry(reader: ByteReader, profile: Profile): LogEntry {
  const tag = reader.u8("entry tag");
  const type = ENTRY_TYPES[tag];
  switch (type) {
    case "AddM": {
      const record = readRecord(reader, profile);
      const slot = reader.u16("slot");
      return { type, record, slot, parent: reader.u16("parent slot") };
    }
    case "AddB": {
      const record = readRecord(reader, profile);
      const slot = reader.u16("slot");
      const time = readTimestamp(reader);
      return { type, record, slot, time, thread: reader.u16("thread") };
    }
    case "EvictM": {
      const slot = reader.u16("slot");
      return { type, slot, parent: reader.u16("parent slot") };
    }
    case "EvictB": {
      const slot = reader.u16("slot");
      return { type, slot, time: readTimestamp(reader) };
    }
    case "EvictBM": {
      const slot = reader.u16("slot");
      const parent = reader.u16("parent slot");
      return { type, slot, parent, time: readTimestamp(reader) };
    }
    case "NextEpoch":
    case "VerifyEpoch":
      return { type };
    case "RunApp":
      return readRunApp(reader);
    default:
      throw new ZetaError("D.tag", `expected an entry tag 0..7, got ${tag}`);
  }
}
