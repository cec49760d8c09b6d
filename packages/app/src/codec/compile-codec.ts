// SPDX-License-Identifier: Apache-2.0
import { CALL_BYTES_MAX, PROPERTIES_MAX, SCHEMA_DEPTH_MAX } from "../limits.ts";
import { invalid, nameOf } from "../manifest.ts";
import { type Codec, type Maker, plainMaker } from "./codec.ts";
import {
  booleanCodec,
  bytesCodec,
  choiceCodec,
  integerCodec,
  numberCodec,
  textCodec,
} from "./scalars.ts";
import { arrayCodec, nullableCodec, objectCodec, type Property } from "./structures.ts";

type Members = Readonly<Record<string, unknown>>;

const COUNT_MAX = 65_535;
const CHOICES_MAX = 255;
const PROPERTY = /^[a-z][a-zA-Z0-9_]*$/;

/**
 * Compiles a schema as the builders of `schema.ts` write it: anything else, an unknown keyword included, is refused, because a keyword that
 * were ignored would be a check that its author believes in.
 *
 * @param path what the schema describes, for messages.
 * @throws ZetaError `service_invalid`.
 * @example
 * const codec = compileCodec(t.object({ amount: t.integer({ minimum: 1 }) }), "arguments");
 */
export function compileCodec(schema: unknown, path: string, maker: Maker = plainMaker): Codec {
  return compile(schema, path, maker, 0);
}

function compile(schema: unknown, path: string, maker: Maker, depth: number): Codec {
  if (depth > SCHEMA_DEPTH_MAX) invalid(path, `at most ${SCHEMA_DEPTH_MAX} levels`, depth);
  if (typeof schema !== "object" || schema === null) invalid(path, "a schema", schema);
  const given = schema as Members;
  if (given.enum !== undefined) return compileChoice(given, path);
  if (given.anyOf !== undefined) return compileNullable(given, path, maker, depth);
  switch (given.type) {
    case "boolean":
      only(given, [], path);
      return booleanCodec(path);
    case "integer":
      only(given, ["minimum", "maximum"], path);
      return integerCodec(
        path,
        numberOf(given.minimum, Number.MIN_SAFE_INTEGER, path),
        numberOf(given.maximum, Number.MAX_SAFE_INTEGER, path),
      );
    case "number":
      only(given, ["minimum", "maximum"], path);
      return numberCodec(
        path,
        numberOf(given.minimum, -Number.MAX_VALUE, path),
        numberOf(given.maximum, Number.MAX_VALUE, path),
      );
    case "string":
      return compileString(given, path, maker);
    case "array": {
      only(given, ["items", "minItems", "maxItems"], path);
      const item = compile(given.items, `${path}[]`, maker, depth + 1);
      const range = [
        countOf(given.minItems, 0, path),
        countOf(given.maxItems, COUNT_MAX, path),
      ] as const;
      return arrayCodec(path, item, range, maker);
    }
    case "object":
      return objectCodec(path, propertiesOf(given, path, maker, depth), maker);
    default:
      return invalid(`type of ${path}`, "a type that services know", given.type);
  }
}

function compileString(given: Members, path: string, maker: Maker): Codec {
  only(given, ["minLength", "maxLength", "contentEncoding"], path);
  const minimum = countOf(given.minLength, 0, path);
  const maximum = countOf(given.maxLength, CALL_BYTES_MAX - 1, path);
  if (given.contentEncoding === undefined) return textCodec(path, minimum, maximum);
  if (given.contentEncoding !== "base16") invalid(path, "base16", given.contentEncoding);
  return bytesCodec(path, minimum, maximum, maker);
}

function compileChoice(given: Members, path: string): Codec {
  only(given, ["enum"], path);
  const names = given.enum;
  const fits =
    Array.isArray(names) &&
    names.length >= 1 &&
    names.length <= CHOICES_MAX &&
    names.every((name) => typeof name === "string") &&
    new Set(names).size === names.length;
  if (!fits) invalid(path, `1..${CHOICES_MAX} distinct texts`, names);
  return choiceCodec(path, names as string[]);
}

function compileNullable(given: Members, path: string, maker: Maker, depth: number): Codec {
  only(given, ["anyOf"], path);
  const either = given.anyOf;
  const isNullable =
    Array.isArray(either) &&
    either.length === 2 &&
    (either[1] as Members | null)?.type === "null" &&
    Object.keys(either[1] as Members).length === 1;
  if (!isNullable) invalid(path, "anyOf with one schema and null", either);
  const inner = either[0] as Members | null;
  // Null within null would have two encodings for one JSON value.
  if (inner?.anyOf !== undefined) invalid(path, "nullable of something else", either);
  return nullableCodec(compile(inner, path, maker, depth + 1));
}

function propertiesOf(given: Members, path: string, maker: Maker, depth: number): Property[] {
  only(given, ["properties", "required", "additionalProperties"], path);
  if (given.additionalProperties !== false) invalid(path, "additionalProperties false", given);
  const { properties, required } = given;
  if (typeof properties !== "object" || properties === null) {
    invalid(path, "properties", properties);
  }
  const names = Object.keys(properties);
  if (names.length > PROPERTIES_MAX) invalid(path, `${PROPERTIES_MAX} properties`, names.length);
  if (!Array.isArray(required) || !required.every((name) => names.includes(name as string))) {
    invalid(path, "the names of required properties", required);
  }
  return names.map((name) => ({
    name: nameOf(name, PROPERTY, `property of ${path}`),
    codec: compile((properties as Members)[name], `${path}.${name}`, maker, depth + 1),
    required: required.includes(name),
  }));
}

function only(given: Members, keywords: readonly string[], path: string): void {
  for (const name of Object.keys(given)) {
    if (name !== "type" && name !== "description" && !keywords.includes(name)) {
      invalid(`keyword of ${path}`, keywords.join(", "), name);
    }
  }
}

function numberOf(value: unknown, otherwise: number, path: string): number {
  if (value === undefined) return otherwise;
  return Number.isFinite(value) ? (value as number) : invalid(path, "a finite bound", value);
}

function countOf(value: unknown, otherwise: number, path: string): number {
  if (value === undefined) return otherwise;
  const fits = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= COUNT_MAX;
  return fits ? (value as number) : invalid(path, `a count in 0..${COUNT_MAX}`, value);
}
