// SPDX-License-Identifier: Apache-2.0
import { endianness } from "node:os";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { ZetaError } from "@zeta/protocol/error";
import { DIGEST_BYTES, REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import { PAGE_BYTES_MAX } from "@zeta/storage/limits";
import { ID_WORDS, type ReceiptRun } from "../receipt-shelf.ts";

/**
 * What a durable service keeps of its past, in pages of its storage, big endian:
 * `01` ‖ u32 epoch of the first ‖ certificates of consecutive epochs, each u16 length ‖ bytes; or
 * `02` ‖ runs of receipts, each u32 epoch ‖ u16 thread ‖ u32 first leaf ‖ u32 count ‖ per leaf request id (16 B) ‖ per leaf u8 function ‖
 * per leaf the leaf (32 B).
 */
export type PastPage =
  | {
      readonly kind: "certificates";
      /** Epoch of the first. */
      readonly first: number;
      readonly certificates: readonly Uint8Array[];
    }
  | { readonly kind: "receipts"; readonly runs: readonly ReceiptRun[] };

/** Turning millions of words one by one would hold the event loop for a tenth of a second. */
const IS_SWAPPED = endianness() === "LE";

const KIND = { certificates: 1, receipts: 2 } as const;
const RUN_HEADER_BYTES = 14;
const RECEIPT_BYTES = REQUEST_ID_BYTES + 1 + DIGEST_BYTES;

/** A page, and the last epoch on it. */
export interface WrittenPage {
  readonly kind: PastPage["kind"];
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** Certificates of consecutive epochs, the first of epoch `first`, on as few pages as they need. */
export function* certificatePages(
  first: number,
  certificates: readonly Uint8Array[],
): Generator<WrittenPage> {
  for (let from = 0; from < certificates.length; ) {
    const writer = new ByteWriter().u8(KIND.certificates).u32(first + from);
    for (let bytes = certificates[from]; bytes !== undefined; bytes = certificates[from]) {
      if (writer.length + 2 + bytes.length > PAGE_BYTES_MAX) break;
      writer.u16(bytes.length).bytes(bytes);
      from++;
    }
    yield { kind: "certificates", last: first + from - 1, bytes: writer.view() };
  }
}

/** Runs of receipts on as few pages as they need; a run may go on on the next one. */
export function* receiptPages(runs: Iterable<ReceiptRun>): Generator<WrittenPage> {
  let writer = new ByteWriter().u8(KIND.receipts);
  let last = 0;
  for (const run of runs) {
    for (let from = 0; from < run.count; ) {
      const room = Math.floor((PAGE_BYTES_MAX - writer.length - RUN_HEADER_BYTES) / RECEIPT_BYTES);
      if (room < 1) {
        yield { kind: "receipts", last, bytes: writer.view() };
        writer = new ByteWriter().u8(KIND.receipts);
        continue;
      }
      const to = Math.min(run.count, from + room);
      writeRun(writer, run, from, to);
      last = Math.max(last, run.epoch);
      from = to;
    }
  }
  if (writer.length > 1) yield { kind: "receipts", last, bytes: writer.view() };
}

function writeRun(writer: ByteWriter, run: ReceiptRun, from: number, to: number): void {
  const { epoch, thread, first, ids, functions, leaves } = run;
  writer
    .u32(epoch)
    .u16(thread)
    .u32(first + from)
    .u32(to - from);
  writer.bytes(bytesOfWords(ids.subarray(from * ID_WORDS, to * ID_WORDS)));
  writer.bytes(functions.subarray(from, to));
  writer.bytes(leaves.subarray(from * DIGEST_BYTES, to * DIGEST_BYTES));
}

/**
 * Reads a page that a storage gave back.
 *
 * @throws ZetaError `D.short`, `D.kind`, `D.length`.
 */
export function decodePastPage(bytes: Uint8Array): PastPage {
  const reader = new ByteReader(bytes);
  const kind = reader.u8("kind of page");
  if (kind === KIND.certificates) return readCertificates(reader);
  if (kind === KIND.receipts) return readReceipts(reader);
  throw new ZetaError("D.kind", `expected a page of kind 1 or 2, got ${kind}`);
}

function readCertificates(reader: ByteReader): PastPage {
  const first = reader.u32("first epoch");
  const certificates: Uint8Array[] = [];
  do {
    certificates.push(new Uint8Array(reader.bytes(reader.u16("length"), "certificate")));
  } while (reader.remaining > 0);
  return { kind: "certificates", first, certificates };
}

function readReceipts(reader: ByteReader): PastPage {
  const runs: ReceiptRun[] = [];
  do runs.push(readRun(reader));
  while (reader.remaining > 0);
  return { kind: "receipts", runs };
}

function readRun(reader: ByteReader): ReceiptRun {
  const epoch = reader.u32("epoch");
  const thread = reader.u16("thread");
  const first = reader.u32("first leaf");
  const count = reader.u32("count of leaves");
  if (count === 0) throw new ZetaError("D.length", "expected a run of receipts, got none");
  const ids = wordsOf(reader.bytes(count * REQUEST_ID_BYTES, "request ids"));
  const functions = reader.bytes(count, "functions");
  return {
    epoch,
    thread,
    first,
    count,
    ids,
    functions,
    leaves: reader.bytes(count * DIGEST_BYTES, "leaves"),
  };
}

function bytesOfWords(words: Uint32Array): Uint8Array {
  const bytes = Buffer.from(words.slice().buffer);
  return IS_SWAPPED ? bytes.swap32() : bytes;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  // A copy, also of a Buffer, whose `slice` is none.
  const copy = new Uint8Array(bytes);
  if (IS_SWAPPED) Buffer.from(copy.buffer).swap32();
  return new Uint32Array(copy.buffer);
}
