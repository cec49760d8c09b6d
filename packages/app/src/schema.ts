// SPDX-License-Identifier: Apache-2.0
/**
 * Schemas of arguments, results, keys and values. They are JSON Schema and carry TypeBox's types, so `Static<typeof schema>` is the static
 * type, OpenAPI needs no translation, and TypeBox's own tools take them. The builders are ours because a service's code is evaluated
 * where TypeBox's library cannot be: without regular expressions, clocks and mutable globals.
 */
import type {
  TArray,
  TBoolean,
  TInteger,
  TNull,
  TNumber,
  TObject,
  TOptional,
  TProperties,
  TSchema,
  TString,
  TUnion,
  TUnsafe,
} from "typebox";

export type { Static, TSchema } from "typebox";

// As in @zeta/protocol/call-message: a service's code contains what this file imports.
const CALLER_KEY_BYTES = 32;
const CALL_SIGNATURE_BYTES = 64;

export interface Described {
  readonly description?: string;
}

export interface Range extends Described {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Lengths of texts count characters (code points), those of `bytes` bytes. */
export interface Lengths extends Described {
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Items extends Described {
  readonly minItems?: number;
  readonly maxItems?: number;
}

function boolean(options: Described = {}): TBoolean {
  return { ...options, type: "boolean" } as TBoolean;
}

/** A whole number between -(2^53 - 1) and 2^53 - 1. */
function integer(options: Range = {}): TInteger {
  return { ...options, type: "integer" } as TInteger;
}

/** A finite number; -0 is 0. */
function number(options: Range = {}): TNumber {
  return { ...options, type: "number" } as TNumber;
}

function text(options: Lengths = {}): TString {
  return { ...options, type: "string" } as TString;
}

/** A `Uint8Array`; lower-case hex in JSON. */
function bytes(options: Lengths = {}): TUnsafe<Uint8Array> {
  return {
    ...options,
    type: "string",
    contentEncoding: "base16",
  } as unknown as TUnsafe<Uint8Array>;
}

/** An Ed25519 public key, as a record keeps it of whoever may sign for it. */
function publicKey(options: Described = {}): TUnsafe<Uint8Array> {
  return bytes({ ...options, minLength: CALLER_KEY_BYTES, maxLength: CALLER_KEY_BYTES });
}

/** An Ed25519 signature: the last argument of an operation with a signer. */
function signature(options: Described = {}): TUnsafe<Uint8Array> {
  return bytes({ ...options, minLength: CALL_SIGNATURE_BYTES, maxLength: CALL_SIGNATURE_BYTES });
}

/** One of some texts. */
function choice<const Names extends readonly string[]>(
  names: Names,
  options: Described = {},
): TUnsafe<Names[number]> {
  return { ...options, enum: [...names] } as unknown as TUnsafe<Names[number]>;
}

function array<Item extends TSchema>(items: Item, options: Items = {}): TArray<Item> {
  return { ...options, type: "array", items } as unknown as TArray<Item>;
}

function nullable<Schema extends TSchema>(schema: Schema): TUnion<[Schema, TNull]> {
  return { anyOf: [schema, { type: "null" }] } as unknown as TUnion<[Schema, TNull]>;
}

/** For a property that may be absent. */
function optional<Schema extends TSchema>(schema: Schema): TOptional<Schema> {
  return { ...schema, "~optional": true } as unknown as TOptional<Schema>;
}

/** An object with exactly these properties, in this order. */
function object<Properties extends TProperties>(
  properties: Properties,
  options: Described = {},
): TObject<Properties> {
  const required: string[] = [];
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) {
    const { "~optional": isOptional, ...schema } = properties[name] as Record<string, unknown>;
    plain[name] = schema;
    if (isOptional !== true) required.push(name);
  }
  const schema = { type: "object", properties: plain, required, additionalProperties: false };
  return { ...options, ...schema } as unknown as TObject<Properties>;
}

/**
 * The builders.
 *
 * @example
 * const transfer = t.object({ from: t.text({ maxLength: 64 }), amount: t.integer({ minimum: 1 }) });
 * type Transfer = Static<typeof transfer>; // { from: string; amount: number }
 */
export const t = {
  boolean,
  integer,
  number,
  text,
  bytes,
  publicKey,
  signature,
  choice,
  array,
  nullable,
  optional,
  object,
};
