// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../src/bytes.ts";
import { decodeHashValue, encodeHashValue, type HashFields } from "../src/hash-value.ts";
import { toHex } from "../src/hex.ts";
import { HASH_FIELDS_MAX } from "../src/limits.ts";

const MAGIC = Uint8Array.of(0, 0x7a, 0x74, 0x68, 0x61, 0x73, 0x68, 1);

const anyField = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
const anyFields: fc.Arbitrary<HashFields> = fc
  .uniqueArray(fc.tuple(anyField, fc.uint8Array({ maxLength: 40 })), {
    selector: ([field]) => field,
    minLength: 1,
  })
  .map((pairs) => new Map(pairs));

describe("hash values", () => {
  test("fields come back, in their order", () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const again = decodeHashValue(encodeHashValue(fields));
        expect([...(again ?? [])]).toEqual([...fields]);
      }),
    );
  });

  test("bytes as docs/formats.md has them", () => {
    const fields = new Map([
      ["b", utf8("2")],
      ["a", utf8("")],
    ]);
    expect(toHex(encodeHashValue(fields))).toBe(
      "007a746861736801" + "00000001" + "62" + "00000001" + "32" + "00000001" + "61" + "00000000",
    );
  });

  test.each([
    ["nothing", []],
    ["text", [...utf8("zthash")]],
    ["a part of the prefix", [...MAGIC.subarray(0, 7)]],
    ["another version", [...MAGIC.subarray(0, 7), 2, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["no field", [...MAGIC]],
    ["a part of a length", [...MAGIC, 0, 0, 0]],
    ["a field without a value", [...MAGIC, 0, 0, 0, 1, 97]],
    ["a field that is longer than all", [...MAGIC, 255, 255, 255, 255, 97]],
    ["a value that is longer than all", [...MAGIC, 0, 0, 0, 0, 0, 0, 0, 2, 97]],
    ["bytes behind", [...MAGIC, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])("%s is a string", (_name, bytes) => {
    expect(decodeHashValue(Uint8Array.from(bytes))).toBeNull();
  });

  test("a field that comes twice makes a string", () => {
    const once = encodeHashValue(new Map([["a", utf8("1")]]));
    expect(decodeHashValue(once)).not.toBeNull();
    expect(decodeHashValue(concatBytes(once, once.subarray(MAGIC.length)))).toBeNull();
  });

  test("so many fields and no more", () => {
    const names = Array.from({ length: HASH_FIELDS_MAX }, (_, i) => `${i}`);
    const most = encodeHashValue(new Map(names.map((name) => [name, utf8("v")])));
    expect(decodeHashValue(most)?.size).toBe(HASH_FIELDS_MAX);
    const one = encodeHashValue(new Map([["more", utf8("v")]]));
    expect(decodeHashValue(concatBytes(most, one.subarray(MAGIC.length)))).toBeNull();
  });

  test("long fields", () => {
    const fields = new Map([["f".repeat(100_000), utf8("1")]]);
    expect(decodeHashValue(encodeHashValue(fields))).toEqual(fields);
  });
});
