// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";

/** Characters of a key or value that are shown. */
export const SHOWN_CHARACTERS = 60;

/**
 * Printable text in quotes, everything else as hex: a key must not be able to paint over the
 * report.
 */
export function bytesText(bytes: Uint8Array): string {
  const head = bytes.subarray(0, SHOWN_CHARACTERS);
  const more = bytes.length > head.length ? `.. (${bytes.length} bytes)` : "";
  const printable = head.every((byte) => byte >= 0x20 && byte <= 0x7e);
  return printable
    ? JSON.stringify(String.fromCharCode(...head)) + more
    : `0x${toHex(head)}${more}`;
}

/** Bytes that mean something to those who know a schema. */
export function hexText(bytes: Uint8Array): string {
  const head = bytes.subarray(0, SHOWN_CHARACTERS / 2);
  const more = bytes.length > head.length ? `.. (${bytes.length} bytes)` : "";
  return `0x${toHex(head)}${more}`;
}
