// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { createInflate } from "node:zlib";
import { ZetaError } from "@zeta/protocol/error";

/** How much is handed to the decompressor at once; what comes out of it is at most a thousand times as much, in pieces. */
const CHUNK_BYTES = 1 << 16;

/**
 * Decompresses a log (RFC 1950) piece by piece. It must have exactly the announced length, and nothing may follow it, so that one batch has
 * one meaning; memory stays bounded whatever it claims.
 *
 * @throws ZetaError `batch_compression`, or `D.length` for another length.
 */
export async function* inflated(
  compressed: Uint8Array,
  logBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createInflate();
  const source = Readable.from(chunksOf(compressed), { objectMode: false });
  source.on("error", (error) => inflate.destroy(error)).pipe(inflate);
  let length = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > logBytes) throw badLength(logBytes, "more");
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ZetaError) throw error;
    const cause = { cause: error };
    throw new ZetaError("batch_compression", `expected a zlib stream, got: ${error}`, cause);
  } finally {
    source.unpipe(inflate).destroy();
    inflate.destroy();
  }
  if (length !== logBytes) throw badLength(logBytes, String(length));
  const { bytesWritten } = inflate;
  if (bytesWritten !== compressed.length) {
    const rest = compressed.length - bytesWritten;
    throw new ZetaError(
      "batch_compression",
      `expected the end of the batch, got ${rest} bytes more`,
    );
  }
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

function badLength(expected: number, got: string): ZetaError {
  return new ZetaError("D.length", `expected a log of ${expected} bytes, got ${got}`);
}
