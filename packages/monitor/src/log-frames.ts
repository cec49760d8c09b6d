// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { concatBytes } from "@zeta/protocol/bytes";
import { ZetaError } from "@zeta/protocol/error";
import { FRAME_BYTES_MAX } from "@zeta/protocol/limits";

/** A log frame as it travels on a stream: u16 thread, u32 length, log bytes. */
export interface LogFrame {
  readonly thread: number;
  readonly log: Uint8Array;
}

const HEADER_BYTES = 6;

/**
 * Cuts a byte stream into log frames. Never holds more than one frame and the chunk it ends in: an
 * announced length above the limit is refused before a byte of it is read.
 *
 * @throws ZetaError `D.length` for a frame above FRAME_BYTES_MAX, `D.short` if the stream ends
 * inside a frame.
 */
export async function* readLogFrames(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<LogFrame, void, undefined> {
  let header: { thread: number; length: number } | null = null;
  let chunks: Uint8Array[] = [];
  let held = 0;
  let frame = 0;
  const take = (count: number): Uint8Array => {
    // Many small frames in one chunk are cut off it without copying.
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : concatBytes(...chunks);
    chunks = [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };
  for await (const chunk of input) {
    chunks.push(chunk);
    held += chunk.length;
    for (;;) {
      if (header === null) {
        if (held < HEADER_BYTES) break;
        header = readHeader(take(HEADER_BYTES), frame);
      }
      if (held < header.length) break;
      yield { thread: header.thread, log: take(header.length) };
      header = null;
      frame++;
    }
  }
  if (header !== null || held > 0) {
    const expected = header?.length ?? HEADER_BYTES;
    const part = header === null ? "header" : "log";
    throw new ZetaError(
      "D.short",
      `expected ${expected} bytes of ${part} in frame ${frame}, got ${held} at the end of input`,
    );
  }
}

function readHeader(bytes: Uint8Array, frame: number): { thread: number; length: number } {
  const reader = new ByteReader(bytes);
  const thread = reader.u16("thread");
  const length = reader.u32("frame length");
  if (length > FRAME_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected at most ${FRAME_BYTES_MAX} bytes in frame ${frame}, got ${length}`,
    );
  }
  return { thread, length };
}
