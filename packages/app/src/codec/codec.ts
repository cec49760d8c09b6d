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
  shape(names: readonly string[]): Shape;
  object(): Record<string, unknown>;
  array(): unknown[];
  bytes(length: number): Uint8Array;
}

/**
 * Objects with certain members. A sandbox compiles these functions for each list of names: a loop over names would make the engine search
 * every object anew.
 */
export interface Shape {
  /** An object with all the members, from their values in order. */
  make(values: readonly unknown[]): object;
  /** The values of the members in order, undefined for those that are missing. */
  members(object: object): readonly unknown[];
  /** The name of a member that is none of these; null if there is none. */
  stranger(object: object): string | null;
}

/** Objects of the realm that this code runs in. */
export const plainMaker: Maker = {
  shape: (names) => ({
    make: (values) => Object.fromEntries(names.map((name, i) => [name, values[i]])),
    members: (object) => names.map((name) => (object as Readonly<Record<string, unknown>>)[name]),
    stranger(object) {
      for (const name in object) if (!names.includes(name)) return name;
      return null;
    },
  }),
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
