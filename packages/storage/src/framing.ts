// SPDX-License-Identifier: Apache-2.0
import { crc32 } from "node:zlib";
import { JOURNAL_ENTRY_BYTES_MAX, MANIFEST_BYTES_MAX, PAGE_BYTES_MAX } from "./limits.ts";
import { storageError } from "./storage-errors.ts";

/**
 * Journal entries, pages and the head are kept with a checksum, so that a disk's mistake is called damage and not taken for a service's. It is
 * no protection against people: what a storage says is believed by nobody before the monitor has checked it.
 */
const CHECKSUM_BYTES = 4;
const SEQUENCE_BYTES = 8;

/** u64 number ‖ checksum ‖ entry or page: one in the place of another is damage, too. */
export function frameNumbered(number: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(SEQUENCE_BYTES + CHECKSUM_BYTES + bytes.length);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(number));
  frame.set(bytes, SEQUENCE_BYTES + CHECKSUM_BYTES);
  view.setUint32(SEQUENCE_BYTES, checksumOf(frame, SEQUENCE_BYTES));
  return frame;
}

/** The entry that is framed as number `sequence`. */
export function entryOf(frame: Uint8Array, sequence: number): Uint8Array {
  const { number, bytes } = numberedOf("journal entry", frame, JOURNAL_ENTRY_BYTES_MAX);
  if (number !== sequence) throw damaged(`journal entry ${sequence}`, `entry ${number}`);
  return bytes;
}

/** A framed page and its number. */
export function pageOf(frame: Uint8Array): { readonly number: number; readonly bytes: Uint8Array } {
  return numberedOf("page", frame, PAGE_BYTES_MAX);
}

function numberedOf(what: string, frame: Uint8Array, bytesMax: number) {
  const overhead = SEQUENCE_BYTES + CHECKSUM_BYTES;
  if (frame.length < overhead || frame.length > overhead + bytesMax) {
    throw damaged(`a ${what} of at most ${bytesMax} bytes`, `${frame.length}`);
  }
  const view = viewOf(frame);
  const number = Number(view.getBigUint64(0));
  if (view.getUint32(SEQUENCE_BYTES) !== checksumOf(frame, SEQUENCE_BYTES)) {
    throw damaged(`${what} ${number} with its checksum`, "another one");
  }
  return { number, bytes: frame.subarray(overhead) };
}

/** Where a storage stands: its last checkpoint's manifest, and the number of the first entry after it. */
export interface Head {
  readonly journalStart: number;
  readonly manifest: Uint8Array | null;
}

/** u64 first entry ‖ checksum ‖ u8 whether there is a manifest ‖ manifest. */
export function encodeHead({ journalStart, manifest }: Head): Uint8Array {
  const frame = new Uint8Array(SEQUENCE_BYTES + CHECKSUM_BYTES + 1 + (manifest?.length ?? 0));
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(journalStart));
  frame[SEQUENCE_BYTES + CHECKSUM_BYTES] = manifest === null ? 0 : 1;
  if (manifest !== null) frame.set(manifest, SEQUENCE_BYTES + CHECKSUM_BYTES + 1);
  view.setUint32(SEQUENCE_BYTES, checksumOf(frame, SEQUENCE_BYTES));
  return frame;
}

/** Reads what {@link encodeHead} made. */
export function decodeHead(frame: Uint8Array): Head {
  const overhead = SEQUENCE_BYTES + CHECKSUM_BYTES + 1;
  if (frame.length < overhead || frame.length > overhead + MANIFEST_BYTES_MAX) {
    throw damaged(`a manifest of at most ${MANIFEST_BYTES_MAX} bytes`, `${frame.length}`);
  }
  const view = viewOf(frame);
  if (view.getUint32(SEQUENCE_BYTES) !== checksumOf(frame, SEQUENCE_BYTES)) {
    throw damaged("a head with its checksum", "another one");
  }
  const journalStart = Number(view.getBigUint64(0));
  if (!Number.isSafeInteger(journalStart)) throw damaged("a journal's start", `${journalStart}`);
  const manifest = frame[overhead - 1] === 1 ? frame.slice(overhead) : null;
  return { journalStart, manifest };
}

/** Over everything but the checksum itself. */
function checksumOf(frame: Uint8Array, at: number): number {
  return crc32(frame.subarray(at + CHECKSUM_BYTES), crc32(frame.subarray(0, at)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(expected: string, got: string) {
  return storageError("storage_damaged", `expected ${expected}, got ${got}`);
}
