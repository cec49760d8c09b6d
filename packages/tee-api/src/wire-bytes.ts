// SPDX-License-Identifier: Apache-2.0
import Type, { type TString } from "typebox";

/** JSON schema of exactly `length` bytes in hex. Either case comes in, as from every earlier prover; lower case goes out. */
export function HexBytes(length: number, description: string): TString {
  return Type.String({ pattern: `^[0-9a-fA-F]{${2 * length}}$`, description });
}

/** JSON schema of 1..`max` bytes in hex. */
export function HexBytesUpTo(max: number, description: string): TString {
  return Type.String({ pattern: "^(?:[0-9a-fA-F]{2})+$", maxLength: 2 * max, description });
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex without prefix. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * Bytes of a hex text of either case, or null when it is none. Provers of before September 2024 wrote byte strings as arrays of
 * integers; those are read with {@link bytesOfLegacy}.
 */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** Bytes of a hex text or of an array of integers 0..255, null for anything else. */
export function bytesOfLegacy(value: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof value === "string") return bytesOfHex(value);
  if (!Array.isArray(value)) return null;
  const isByte = (item: unknown) =>
    typeof item === "number" && Number.isInteger(item) && item >= 0 && item <= 255;
  return value.every(isByte) ? Uint8Array.from(value as number[]) : null;
}
