// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { assert, ZetaError } from "./error.ts";
import { DIGEST_BYTES, RECEIPT_PATH_MAX, REQUEST_ID_BYTES } from "./limits.ts";

/**
 * Where an answer's leaf stands under the receipts root of its thread and epoch. A receipt alone says nothing: with the certificate of its
 * epoch, and with the question and the answer in the client's hand, anybody can check it (docs/formats.md §3).
 */
export interface Receipt {
  readonly requestId: Uint8Array;
  readonly function: number;
  readonly thread: number;
  readonly epoch: number;
  readonly index: bigint;
  readonly leafCount: bigint;
  readonly path: readonly Uint8Array[];
}

/** Version of the binary form; sessions with MACs will be version 2. */
const RECEIPT_VERSION = 1;

/** u8 version, request id, u8 function, u16 thread, u32 epoch, u64 index, u64 leaf count, u8 path length, path. */
export function encodeReceipt(receipt: Receipt): Uint8Array<ArrayBuffer> {
  assert(receipt.path.length <= RECEIPT_PATH_MAX, "a receipt path within the limit");
  const writer = new ByteWriter(40 + DIGEST_BYTES * receipt.path.length)
    .u8(RECEIPT_VERSION)
    .bytes(receipt.requestId)
    .u8(receipt.function)
    .u16(receipt.thread)
    .u32(receipt.epoch)
    .u64(receipt.index)
    .u64(receipt.leafCount)
    .u8(receipt.path.length);
  for (const node of receipt.path) writer.bytes(node);
  return writer.toBytes();
}

/** @throws ZetaError `D.kind`, `D.short` or `D.length`. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const reader = new ByteReader(bytes);
  const version = reader.u8("receipt version");
  if (version !== RECEIPT_VERSION) {
    throw new ZetaError("D.kind", `expected receipt version ${RECEIPT_VERSION}, got ${version}`);
  }
  const requestId = reader.bytes(REQUEST_ID_BYTES, "request id").slice();
  const functionNumber = reader.u8("function");
  const thread = reader.u16("thread");
  const epoch = reader.u32("epoch");
  const index = reader.u64("leaf index");
  const leafCount = reader.u64("leaf count");
  const length = reader.u8("path length");
  if (length > RECEIPT_PATH_MAX) {
    throw new ZetaError(
      "D.length",
      `expected a path of at most ${RECEIPT_PATH_MAX} nodes, got ${length}`,
    );
  }
  const path = Array.from({ length }, () => reader.bytes(DIGEST_BYTES, "path node").slice());
  reader.end("receipt");
  return { requestId, function: functionNumber, thread, epoch, index, leafCount, path };
}
