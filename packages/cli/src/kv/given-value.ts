// SPDX-License-Identifier: Apache-2.0
import type { BytesLike } from "@zeta/client/value";
import { ZetaError } from "@zeta/protocol/error";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { usageError } from "../exit.ts";
import { readBytesCapped, readStreamCapped } from "../options/read-capped.ts";

/** What `zeta put` was given to store: text, `-` for standard input, or the name of a file. */
export interface GivenValue {
  readonly text: string | undefined;
  readonly file: string | undefined;
}

/**
 * The value, byte for byte where it is read.
 *
 * @throws ZetaError `value_too_large` as soon as there are more bytes than a value may have; `usage`.
 */
export async function readGivenValue({ text, file }: GivenValue): Promise<BytesLike> {
  if (text !== undefined && file !== undefined) {
    throw usageError("--file: expected no argument value beside it, got both");
  }
  if (file !== undefined) return capped(readNamedFile(file));
  if (text === undefined) throw usageError("expected the argument value or --file, got none");
  return text === "-" ? capped(await readStreamCapped(process.stdin, VALUE_BYTES_MAX)) : text;
}

function readNamedFile(path: string): Buffer | null {
  try {
    return readBytesCapped(path, VALUE_BYTES_MAX);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw usageError(`--file ${path}: expected a readable file, got ${reason}`, error);
  }
}

function capped(bytes: Buffer | null): Buffer {
  if (bytes !== null) return bytes;
  const message = `expected a value of at most ${VALUE_BYTES_MAX} bytes, got more`;
  throw new ZetaError("value_too_large", message);
}
