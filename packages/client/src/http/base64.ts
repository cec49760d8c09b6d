// SPDX-License-Identifier: Apache-2.0
/**
 * Base64 (RFC 4648 §4) with padding, one text per value: no white space, no URL alphabet, unused
 * bits zero. The platform's `atob` is too forgiving for bytes that a host chose.
 */
import { ZetaError } from "@zeta/protocol/error";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NOT_A_DIGIT = 255;
const PADDING = "=".charCodeAt(0);

const DIGITS = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const VALUES = new Uint8Array(128).fill(NOT_A_DIGIT);
for (const [value, code] of DIGITS.entries()) VALUES[code] = value;

/** Characters decoded to text at a time: below every engine's limit of arguments and buffers. */
const ASCII = new TextDecoder("ascii");

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let shift = 18; shift >= 0; shift -= 6) text[at++] = DIGITS[(group >> shift) & 63] ?? 0;
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  text.fill(PADDING, text.length - padding);
  return ASCII.decode(text);
}

/** @throws ZetaError `malformed` for anything that {@link toBase64} would not write. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) reject(`a multiple of 4 characters`, text.length);
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let group = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? NOT_A_DIGIT;
    if (value === NOT_A_DIGIT) reject("base64 digits", text.slice(i, i + 8));
    group = (group << 6) | value;
    if (i % 4 !== 0) bytes[at++] = (group >> (6 - 2 * (i % 4))) & 255;
    if (i % 4 === 3) group = 0;
  }
  // With padding, the last digit carries 2 or 4 bits that belong to no byte.
  if (padding > 0 && (group & ((1 << (2 * padding)) - 1)) !== 0)
    reject("zero in unused bits", text);
  return bytes;
}

function reject(expected: string, got: unknown): never {
  const text = JSON.stringify(got);
  throw new ZetaError("malformed", `expected ${expected} of base64, got ${text.slice(0, 80)}`);
}
