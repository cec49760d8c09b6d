// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "./error.ts";

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** Value of each ASCII character as a lower-case hex digit, 255 for all others. */
const DIGIT_VALUES = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value++) DIGIT_VALUES[value.toString(16).charCodeAt(0)] = value;

function digitAt(text: string, index: number): number {
  const value = DIGIT_VALUES[text.charCodeAt(index)] ?? 255;
  if (value === 255) {
    throw new ZetaError(
      "D.kind",
      `expected lower-case hex, got ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return value;
}

/**
 * Strict inverse of {@link toHex}: lower case only, so that one value has one text.
 *
 * @throws ZetaError `D.kind` for other characters, `D.length` for a length other than `length` bytes.
 */
export function fromHex(text: string, length?: number): Uint8Array<ArrayBuffer> {
  if (length !== undefined && text.length !== 2 * length) {
    throw new ZetaError("D.length", `expected ${2 * length} hex digits, got ${text.length}`);
  }
  if (text.length % 2 !== 0) {
    throw new ZetaError("D.length", `expected an even number of hex digits, got ${text.length}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digitAt(text, 2 * i) << 4) | digitAt(text, 2 * i + 1);
  }
  return bytes;
}
