// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";

/**
 * The bytes of a file as text, at most `bytesMax`; null: there are more. Counts what it reads, because a pipe or a device (`<(curl ..)`,
 * `/dev/stdin`) has no size to ask for.
 *
 * @throws what the file system says.
 */
export function readCapped(path: string, bytesMax: number): string | null {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(bytesMax + 1);
    let length = 0;
    while (length <= bytesMax) {
      const count = readSync(file, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.toString("utf8", 0, length);
      length += count;
    }
    return null;
  } finally {
    closeSync(file);
  }
}
