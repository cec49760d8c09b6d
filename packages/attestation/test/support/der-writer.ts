// SPDX-License-Identifier: Apache-2.0
/** Writes DER, for the certificates and lists of the test PKI. */

import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { fromHex } from "@zeta/protocol/hex";

export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...content);
  const { length } = body;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.of(tag, ...head), body);
}

export const sequence = (...content: readonly Uint8Array[]): Uint8Array => der(0x30, ...content);
export const octets = (content: Uint8Array): Uint8Array => der(0x04, content);
export const bits = (content: Uint8Array): Uint8Array => der(0x03, Uint8Array.of(0), content);
export const boolean = (value: boolean): Uint8Array => der(0x01, Uint8Array.of(value ? 0xff : 0));

/** A non-negative integer from big-endian bytes. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return der(0x02, ...((minimal[0] ?? 0) >= 0x80 ? [Uint8Array.of(0), minimal] : [minimal]));
}

export function integer(value: number): Uint8Array {
  return unsigned(
    Uint8Array.of(value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff),
  );
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const base128 = (value: number): number[] =>
    value < 128
      ? [value]
      : [...base128(Math.floor(value / 128)).map((byte) => byte | 0x80), value % 128];
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTCTime of Unix milliseconds, 1950 to 2049. */
export function utcTime(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(0x17, utf8(`${digits}Z`));
}

export function name(commonName: string): Uint8Array {
  return sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, utf8(commonName)))));
}

/** An element given as hex. */
export const raw = (hex: string): Uint8Array => fromHex(hex);
