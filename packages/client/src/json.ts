// SPDX-License-Identifier: Apache-2.0
/**
 * Strict reading of JSON that somebody else wrote. Every function throws {@link ZetaError}
 * `malformed` and names the member.
 */

import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Foreign text in a message: short and quoted, so that control characters stay visible. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}

export function malformed(expected: string, got: unknown, cause?: unknown): never {
  throw new ZetaError("malformed", `expected ${expected}, got ${shown(got)}`, { cause });
}

export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    malformed(`a JSON object as ${what}`, Array.isArray(value) ? "an array" : value);
  }
  return value as JsonObject;
}

export function arrayOf(value: unknown, max: number, what: string): readonly unknown[] {
  if (!Array.isArray(value)) malformed(`an array as ${what}`, value);
  if (value.length > max) malformed(`at most ${max} elements of ${what}`, value.length);
  return value;
}

export function stringOf(value: unknown, max: number, what: string): string {
  if (typeof value !== "string") malformed(`a string as ${what}`, value);
  if (value.length > max) malformed(`at most ${max} characters of ${what}`, value.length);
  return value;
}

/** An integer 0..max. */
export function integerOf(value: unknown, max: number, what: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    malformed(`an integer 0..${max} as ${what}`, value);
  }
  return value;
}

/** Lower-case hex of at most `max` bytes. */
export function hexOf(value: unknown, max: number, what: string): Uint8Array<ArrayBuffer> {
  const text = stringOf(value, 2 * max, what);
  try {
    return fromHex(text);
  } catch (cause) {
    return malformed(`lower-case hex as ${what}`, text, cause);
  }
}

/** Lower-case hex of at most `max` bytes, left as text. */
export function hexTextOf(value: unknown, max: number, what: string): string {
  const text = stringOf(value, 2 * max, what);
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text))
    malformed(`lower-case hex as ${what}`, text);
  return text;
}

/** Lower-case hex of exactly `length` bytes. */
export function fixedHexOf(value: unknown, length: number, what: string): Uint8Array<ArrayBuffer> {
  const bytes = hexOf(value, length, what);
  if (bytes.length !== length) malformed(`${length} bytes of ${what}`, bytes.length);
  return bytes;
}

/** Exactly these members and no other: for documents that must mean the same to every reader. */
export function exactMembers(object: JsonObject, members: readonly string[], what: string): void {
  const given = Object.keys(object);
  const unknown = given.find((name) => !members.includes(name));
  if (unknown !== undefined) malformed(`only the members ${members.join()} of ${what}`, unknown);
}
