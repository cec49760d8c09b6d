// SPDX-License-Identifier: Apache-2.0
import { CodecError } from "./codec-error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * One schema, compiled: values to bytes and back, and JSON to values and back. One value has one encoding and one encoding one value, so
 * digests of bytes speak about values. All four throw {@link CodecError} for what does not match.
 */
export interface Codec {
  write(value: unknown, writer: Writer): void;
  read(reader: Reader): unknown;
  /** A value from JSON; only `bytes` differ from it. */
  fromJson(json: unknown): unknown;
  toJson(value: unknown): unknown;
}

/**
 * Makes the objects, arrays and byte arrays that decoding yields. A sandbox gives one that makes them of its own realm, because an object
 * of another realm would lead out of it.
 */
export interface Maker {
  /** A function that makes an object with these properties, all of them, from their values in order. */
  shape(names: readonly string[]): (...values: unknown[]) => object;
  object(): Record<string, unknown>;
  array(): unknown[];
  bytes(length: number): Uint8Array;
}

/** Objects of the realm that this code runs in. */
export const plainMaker: Maker = {
  shape:
    (names) =>
    (...values) =>
      Object.fromEntries(names.map((name, i) => [name, values[i]])),
  object: () => ({}),
  array: () => [],
  bytes: (length) => new Uint8Array(length),
};

/** Ends with "expected X as PATH, got Y". */
export function mismatch(path: string, expected: string, got: unknown): never {
  throw new CodecError(`expected ${expected} as ${path}, got ${shown(got)}`);
}

/** A value in an error message: short, and never more than its kind when it is no plain value. */
function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > 40 ? `a text of ${value.length}` : JSON.stringify(value);
    case "number":
    case "boolean":
      return String(value);
    case "undefined":
      return "nothing";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
  }
}
