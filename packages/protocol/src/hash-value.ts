// SPDX-License-Identifier: Apache-2.0
/** Fields and their values in one record, as the Redis front keeps a hash (docs/formats.md §7). */
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { equalBytes } from "./bytes.ts";
import { assert } from "./error.ts";
import { HASH_FIELDS_MAX } from "./limits.ts";

/** `00 "zthash" 01`: no text begins like this. The last byte is the version. */
const MAGIC = Uint8Array.of(0, 0x7a, 0x74, 0x68, 0x61, 0x73, 0x68, 1);

/** Of a field that becomes a text at once: a call takes only so many arguments. */
const PIECE_BYTES = 4096;

/** By the field's bytes, one character (up to U+00FF) for each; in the order in which the fields came. */
export type HashFields = Map<string, Uint8Array>;

/** The value of a record that holds these fields: 1 to HASH_FIELDS_MAX. */
export function encodeHashValue(fields: HashFields): Uint8Array<ArrayBuffer> {
  const { size } = fields;
  assert(size > 0 && size <= HASH_FIELDS_MAX, `1..${HASH_FIELDS_MAX} fields, got ${size}`);
  const writer = new ByteWriter().bytes(MAGIC);
  for (const [field, value] of fields) {
    writer.u32(field.length);
    for (let i = 0; i < field.length; i++) writer.u8(field.charCodeAt(i));
    writer.u32(value.length).bytes(value);
  }
  return writer.toBytes();
}

/**
 * The fields of a record's value; null for any value that `encodeHashValue` does not give, which is a string. Values are views.
 *
 * @example
 * const fields = decodeHashValue(proof.value);
 * const email = fields?.get("email");
 */
export function decodeHashValue(value: Uint8Array): HashFields | null {
  if (!equalBytes(value.subarray(0, MAGIC.length), MAGIC)) return null;
  const fields: HashFields = new Map();
  const reader = new ByteReader(value, MAGIC.length);
  while (reader.remaining > 0) {
    const field = framed(reader);
    const content = framed(reader);
    if (field === null || content === null) return null;
    const name = textOf(field);
    if (fields.has(name) || fields.size === HASH_FIELDS_MAX) return null;
    fields.set(name, content);
  }
  return fields.size === 0 ? null : fields;
}

/** u32 length and that many bytes; null if there are not so many. */
function framed(reader: ByteReader): Uint8Array | null {
  if (reader.remaining < 4) return null;
  const length = reader.u32("a length");
  return length > reader.remaining ? null : reader.bytes(length, "a field");
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  }
  return text;
}
