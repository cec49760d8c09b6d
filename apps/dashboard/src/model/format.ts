// SPDX-License-Identifier: Apache-2.0
/** Numbers and foreign bytes as people read them. */
import { toHex } from "@zeta/protocol/hex";

/** Characters of a key or value that a line shows. */
const SHOWN_CHARACTERS = 60;

/** Foreign text without what would break a line or change its direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

const TEXT = new TextDecoder("utf-8", { fatal: true });

/** Printable UTF-8 in quotes, everything else as hex: what a host says must not pass for words of the page. */
export function bytesText(bytes: Uint8Array): string {
  const text = printable(bytes);
  if (text === null) {
    const hex = toHex(bytes.subarray(0, SHOWN_CHARACTERS / 2));
    return bytes.length > SHOWN_CHARACTERS / 2 ? `0x${hex}… (${bytes.length} bytes)` : `0x${hex}`;
  }
  return `"${cut(text, SHOWN_CHARACTERS)}"`;
}

function printable(bytes: Uint8Array): string | null {
  try {
    const text = TEXT.decode(bytes);
    return UNPRINTABLE.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** At most `max` characters, and a mark where more would follow. */
export function cut(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max).join("")}…`;
}

/** The first 8 bytes in hex, as reports have it. */
export function shortHex(bytes: Uint8Array): string {
  return `${toHex(bytes.subarray(0, 8))}…`;
}

/** `640 ms`, `1.6 s`, `2 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** Digits in groups of three, apart by a narrow space that does not break. */
export function count(number: number | bigint): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** `1 operation`, `2 operations`. */
export function counted(number: number | bigint, noun: string): string {
  return `${count(number)} ${noun}${BigInt(number) === 1n ? "" : "s"}`;
}
