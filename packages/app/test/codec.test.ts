// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileCodec } from "../src/codec/compile-codec.ts";
import { Reader } from "../src/codec/reader.ts";
import { Writer } from "../src/codec/writer.ts";
import { CALL_BYTES_MAX } from "../src/limits.ts";
import { type TSchema, t } from "../src/schema.ts";

const everything = t.object({
  flag: t.boolean(),
  count: t.integer(),
  small: t.integer({ minimum: -5, maximum: 5 }),
  weight: t.number(),
  name: t.text({ maxLength: 8 }),
  raw: t.bytes({ maxLength: 8 }),
  role: t.choice(["reader", "writer"]),
  tags: t.array(t.text(), { maxItems: 3 }),
  note: t.nullable(t.text()),
  hint: t.optional(t.integer()),
  inner: t.object({ pairs: t.array(t.object({ a: t.integer(), b: t.boolean() })) }),
});

const text = (max: number) => fc.string({ unit: "binary", maxLength: max }).filter(isWhole);
const arbitrary = fc.record(
  {
    flag: fc.boolean(),
    count: fc.maxSafeInteger(),
    small: fc.integer({ min: -5, max: 5 }),
    weight: fc.double({ noNaN: true, noDefaultInfinity: true }).map((weight) => weight + 0),
    name: text(4),
    raw: fc.uint8Array({ maxLength: 8 }),
    role: fc.constantFrom("reader", "writer"),
    tags: fc.array(text(70), { maxLength: 3 }),
    note: fc.option(text(9)),
    hint: fc.maxSafeInteger(),
    inner: fc.record({ pairs: fc.array(fc.record({ a: fc.integer(), b: fc.boolean() })) }),
  },
  {
    requiredKeys: [
      "flag",
      "count",
      "small",
      "weight",
      "name",
      "raw",
      "role",
      "tags",
      "note",
      "inner",
    ],
  },
);

function isWhole(value: string): boolean {
  return !/\p{Surrogate}/u.test(value);
}

const codec = compileCodec(everything, "value");

function encode(schema: TSchema, value: unknown): Uint8Array {
  const writer = new Writer(new Uint8Array(CALL_BYTES_MAX));
  compileCodec(schema, "value").write(value, writer);
  return writer.toBytes();
}

function decode(schema: TSchema, bytes: Uint8Array): unknown {
  const reader = new Reader().open(bytes);
  const value = compileCodec(schema, "value").read(reader);
  reader.close();
  return value;
}

describe("encodings of values", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(decode(everything, encode(everything, value))).toEqual(value);
      }),
      { seed: 1 },
    );
  });

  test("come back through JSON too", () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const json = JSON.parse(JSON.stringify(codec.toJson(value)));
        expect(codec.fromJson(json)).toEqual(value);
      }),
      { seed: 2 },
    );
  });

  test("are canonical: bytes that are changed are refused or are the encoding of another value", () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const bytes = encode(everything, value);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ change;
        let other: unknown;
        try {
          other = decode(everything, bytes);
        } catch {
          return;
        }
        expect(encode(everything, other)).toEqual(bytes);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("have no bytes to spare", () => {
    const bytes = encode(everything, fc.sample(arbitrary, { seed: 4, numRuns: 1 })[0]);
    expect(() => decode(everything, bytes.subarray(0, -1))).toThrowError(/expected/);
    expect(() => decode(everything, Uint8Array.of(...bytes, 0))).toThrowError(/the end/);
  });
});

describe("values that do not match", () => {
  test.each<[string, TSchema, unknown]>([
    ["a text for an integer", t.integer(), "1"],
    ["a fraction", t.integer(), 1.5],
    ["more than a safe integer", t.integer(), 2 ** 53],
    ["below the minimum", t.integer({ minimum: 0 }), -1],
    ["above the maximum", t.integer({ maximum: 5 }), 6],
    ["infinity", t.number(), Number.POSITIVE_INFINITY],
    ["not a number", t.number(), Number.NaN],
    ["a long text", t.text({ maxLength: 2 }), "abc"],
    ["a short text", t.text({ minLength: 2 }), "a"],
    ["half a character", t.text(), "\ud800"],
    ["an unknown choice", t.choice(["a", "b"]), "c"],
    ["too many items", t.array(t.integer(), { maxItems: 1 }), [1, 2]],
    ["a member too many", t.object({ a: t.integer() }), { a: 1, b: 2 }],
    ["a member missing", t.object({ a: t.integer() }), {}],
    ["null", t.object({ a: t.integer() }), null],
    ["an array for bytes", t.bytes(), [1, 2]],
    ["another array of numbers for bytes", t.bytes(), new Uint16Array(2)],
  ])("%s", (_name, schema, value) => {
    expect(() => encode(schema, value)).toThrowError(/expected/);
  });

  test("characters, not code units, are counted", () => {
    expect(decode(t.text({ maxLength: 2 }), encode(t.text(), "😀😀"))).toBe("😀😀");
    expect(() => encode(t.text({ maxLength: 1 }), "😀😀")).toThrowError(/characters/);
  });
});

describe("schemas that services do not know", () => {
  test.each<[string, unknown]>([
    ["a pattern", { type: "string", pattern: "(a+)+$" }],
    ["an unknown type", { type: "date" }],
    ["a union", { anyOf: [{ type: "string" }, { type: "integer" }] }],
    ["nullable of nullable", t.nullable(t.nullable(t.text()))],
    ["additional properties", { type: "object", properties: {}, required: [] }],
    ["a property of every object", t.object({ constructor: t.integer() } as never)],
    ["nothing", null],
  ])("%s", (_name, schema) => {
    expect(() => compileCodec(schema, "value")).toThrowError(
      expect.objectContaining({ code: "service_invalid" }),
    );
  });
});
