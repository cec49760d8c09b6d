// SPDX-License-Identifier: Apache-2.0
import { type Codec, type Maker, mismatch } from "./codec.ts";
import type { Writer } from "./writer.ts";

const same = (value: unknown): unknown => value;

export function booleanCodec(path: string): Codec {
  const check = (value: unknown): boolean =>
    typeof value === "boolean" ? value : mismatch(path, "a boolean", value);
  return {
    write: (value, writer) => writer.u8(check(value) ? 1 : 0),
    read: (reader) => reader.flag(),
    fromJson: check,
    toJson: same,
  };
}

export function integerCodec(path: string, minimum: number, maximum: number): Codec {
  const expected = `an integer in ${minimum}..${maximum}`;
  const check = (value: unknown): number => {
    const fits = Number.isSafeInteger(value) && (value as number) >= minimum;
    if (!fits || (value as number) > maximum) mismatch(path, expected, value);
    return value as number;
  };
  return {
    write: (value, writer) => writer.integer(check(value)),
    read: (reader) => check(reader.integer()),
    fromJson: (json) => check(json) + 0,
    toJson: same,
  };
}

export function numberCodec(path: string, minimum: number, maximum: number): Codec {
  const expected = `a finite number in ${minimum}..${maximum}`;
  const check = (value: unknown): number => {
    const fits = Number.isFinite(value) && (value as number) >= minimum;
    if (!fits || (value as number) > maximum) mismatch(path, expected, value);
    // -0 + 0 is 0: one number, one encoding.
    return (value as number) + 0;
  };
  return {
    write: (value, writer) => writer.number(check(value)),
    read: (reader) => check(reader.number()),
    fromJson: check,
    toJson: same,
  };
}

export function textCodec(path: string, minimum: number, maximum: number): Codec {
  const check = (value: unknown): string => {
    if (typeof value !== "string") mismatch(path, "a text", value);
    const count = value.length;
    // There are at most two code units to a character, so most lengths need no counting.
    if (count > maximum || count < 2 * minimum) {
      const characters = charactersOf(value);
      if (characters > maximum || characters < minimum) {
        mismatch(path, `a text of ${minimum}..${maximum} characters`, value);
      }
    }
    return value;
  };
  return {
    write: (value, writer) => writer.text(check(value)),
    read: (reader) => check(reader.text()),
    fromJson: check,
    toJson: same,
  };
}

function charactersOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

export function choiceCodec(path: string, names: readonly string[]): Codec {
  const check = (value: unknown): string =>
    typeof value === "string" && names.includes(value)
      ? value
      : mismatch(path, names.join("|"), value);
  return {
    write: (value, writer) => writer.u8(names.indexOf(check(value))),
    read(reader) {
      const index = reader.u8();
      return names[index] ?? mismatch(path, `0..${names.length - 1}`, index);
    },
    fromJson: check,
    toJson: same,
  };
}

const HEX = /^([0-9a-f]{2})*$/;
const typedArrayLength = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  "length",
)?.get as (this: unknown) => number;
const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

export function bytesCodec(path: string, minimum: number, maximum: number, maker: Maker): Codec {
  const expected = `${minimum}..${maximum} bytes`;
  const lengthOf = (value: unknown): number => {
    // The engine's own getters: they work on arrays of any realm and on nothing else.
    const isBytes = typedArrayTag.call(value) === "Uint8Array";
    const length = isBytes ? typedArrayLength.call(value) : -1;
    if (length < minimum || length > maximum) mismatch(path, expected, value);
    return length;
  };
  const write = (value: unknown, writer: Writer): void => {
    lengthOf(value);
    writer.bytes(value as Uint8Array);
  };
  return {
    write,
    read(reader) {
      const { at, length } = reader.span();
      if (length < minimum || length > maximum) mismatch(path, expected, length);
      const bytes = maker.bytes(length);
      reader.copyTo(bytes, at);
      return bytes;
    },
    fromJson(json) {
      if (typeof json !== "string" || !HEX.test(json)) mismatch(path, "lower-case hex", json);
      const bytes = maker.bytes(json.length / 2);
      for (let i = 0; i < bytes.length; i++) {
        bytes[i] = Number.parseInt(json.slice(2 * i, 2 * i + 2), 16);
      }
      lengthOf(bytes);
      return bytes;
    },
    toJson: (value) =>
      Array.from(value as Uint8Array, (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
