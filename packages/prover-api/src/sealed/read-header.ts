// SPDX-License-Identifier: Apache-2.0
import { BATCH_HEADER_BYTES_MAX, type BatchHeader, decodeBatchHeader } from "@zeta/protocol/batch";
import { concatBytes } from "@zeta/protocol/bytes";
import type { OpenBlob } from "../blobs/blob-store.ts";

/**
 * Reads the header of a batch from its blob and no more of it than that takes.
 *
 * @throws ZetaError what {@link decodeBatchHeader} throws.
 */
export async function readBatchHeader({ stream }: OpenBlob): Promise<BatchHeader> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= BATCH_HEADER_BYTES_MAX) break;
    }
  } finally {
    stream.destroy();
  }
  return decodeBatchHeader(concatBytes(...chunks)).header;
}
