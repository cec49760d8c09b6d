// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "./error.ts";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * Strict inverse of {@link toHex}: lower case only, so that one value has one text.
 *
 * @throws ZetaError `D.kind` for other characters, `D.length` for a length other than `length` bytes.
 */
export function fromHex(text: string, length?: number): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) {
    throw new ZetaError(
      "D.kind",
      `expected lower-case hex, got ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  if (length !== undefined && text.length !== 2 * length) {
    throw new ZetaError("D.length", `expected ${2 * length} hex digits, got ${text.length}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
