// SPDX-License-Identifier: Apache-2.0
/** Redis has types, records have bytes: a value is a hash if it is the encoding of one, else a string. */
import { decodeHashValue, encodeHashValue, type HashFields } from "@zeta/protocol/hash-value";
import { HASH_FIELDS_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { CommandError } from "./command-error.ts";

/** @throws CommandError `WRONGTYPE` for a hash. */
export function stringOf(value: Uint8Array | null): Uint8Array | null {
  if (value !== null && isHash(value)) throw wrongType();
  return value;
}

/** No fields where there is no value. @throws CommandError `WRONGTYPE` for a string. */
export function fieldsOf(value: Uint8Array | null): HashFields {
  if (value === null) return new Map();
  const fields = decodeHashValue(value);
  if (fields === null) throw wrongType();
  return fields;
}

/** As TYPE says it. */
export function typeOf(value: Uint8Array): "string" | "hash" {
  return isHash(value) ? "hash" : "string";
}

export function isHash(value: Uint8Array): boolean {
  return decodeHashValue(value) !== null;
}

/** The value of a record that shall hold a string. @throws CommandError for one that would be read as a hash, or is too long. */
export function stringValue(value: Uint8Array): Uint8Array {
  if (!isHash(value)) return checkedLength(value);
  throw new CommandError("ERR value_reserved: expected a string, got the encoding of a hash");
}

/** The value of a record that shall hold a hash. @throws CommandError for one that is too long, or has too many fields. */
export function hashValue(fields: HashFields): Uint8Array {
  if (fields.size > HASH_FIELDS_MAX) {
    throw new CommandError(
      `ERR hash_too_large: expected at most ${HASH_FIELDS_MAX} fields, got ${fields.size}`,
    );
  }
  return checkedLength(encodeHashValue(fields));
}

function checkedLength(value: Uint8Array): Uint8Array {
  if (value.length <= VALUE_BYTES_MAX) return value;
  throw new CommandError(
    `ERR value_too_large: expected a value of at most ${VALUE_BYTES_MAX} bytes, got ${value.length}`,
  );
}

function wrongType(): CommandError {
  return new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}
