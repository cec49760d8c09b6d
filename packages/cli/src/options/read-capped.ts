// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";

/**
 * The bytes of a file as text, at most `bytesMax`; null: there are more.
 *
 * @throws what the file system says.
 */
export function readCapped(path: string, bytesMax: number): string | null {
  return readBytesCapped(path, bytesMax)?.toString("utf8") ?? null;
}

/** The bytes themselves. Counts what it reads, because a pipe or a device (`<(curl ..)`, `/dev/stdin`) has no size to ask for. */
export function readBytesCapped(path: string, bytesMax: number): Buffer | null {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(bytesMax + 1);
    let length = 0;
    while (length <= bytesMax) {
      const count = readSync(file, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
    }
    return null;
  } finally {
    closeSync(file);
  }
}

/** The same of a stream, such as standard input, which somebody may have opened so that reading does not wait. */
export async function readStreamCapped(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
