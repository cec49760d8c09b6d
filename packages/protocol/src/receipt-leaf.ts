// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "./byte-writer.ts";
import { blake3Derive, blake3Digest } from "./digest.ts";
import { assert } from "./error.ts";
import { DIGEST_BYTES, REQUEST_ID_BYTES } from "./limits.ts";

/** What a receipt leaf binds together (docs/formats.md §3). */
export interface LeafContent {
  readonly requestId: Uint8Array;
  /** The monitor thread that ran the call. */
  readonly thread: number;
  /** The monitor's own epoch at the call. */
  readonly epoch: number;
  /** Function number of the service. */
  readonly function: number;
  readonly argumentDigest: Uint8Array;
  readonly resultDigest: Uint8Array;
}

const LEAF_CONTEXT = "zeta.receipt.leaf.v1";

export const argumentDigest = blake3Digest;
export const resultDigest = blake3Digest;

/** The leaf as the monitor hashes it: a client recomputes it from what it asked and what it was told. */
export function receiptLeaf(content: LeafContent): Uint8Array<ArrayBuffer> {
  assert(content.requestId.length === REQUEST_ID_BYTES, "a request id of 16 bytes");
  assert(content.argumentDigest.length === DIGEST_BYTES, "an argument digest of 32 bytes");
  assert(content.resultDigest.length === DIGEST_BYTES, "a result digest of 32 bytes");
  const writer = new ByteWriter(87)
    .bytes(content.requestId)
    .u16(content.thread)
    .u32(content.epoch)
    .u8(content.function)
    .bytes(content.argumentDigest)
    .bytes(content.resultDigest);
  return blake3Derive(LEAF_CONTEXT, writer.view());
}
