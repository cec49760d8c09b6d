// SPDX-License-Identifier: Apache-2.0
import { type Codec, type Maker, mismatch, type Shape } from "./codec.ts";
import type { Reader } from "./reader.ts";

export function nullableCodec(inner: Codec): Codec {
  return {
    write(value, writer) {
      writer.u8(value === null ? 0 : 1);
      if (value !== null) inner.write(value, writer);
    },
    read: (reader) => (reader.flag() ? inner.read(reader) : null),
    fromJson: (json) => (json === null ? null : inner.fromJson(json)),
    toJson: (value) => (value === null ? null : inner.toJson(value)),
  };
}

/** u16 count and the items. */
export function arrayCodec(
  path: string,
  item: Codec,
  [minimum, maximum]: readonly [number, number],
  maker: Maker,
): Codec {
  const check = (length: number): number =>
    length >= minimum && length <= maximum
      ? length
      : mismatch(path, `${minimum}..${maximum} items`, length);
  const arrayOf = (value: unknown): readonly unknown[] => {
    if (!Array.isArray(value)) mismatch(path, "an array", value);
    check(value.length);
    return value;
  };
  const collect = (count: number, next: (index: number) => unknown): unknown[] => {
    const items = maker.array();
    for (let i = 0; i < count; i++) items[i] = next(i);
    return items;
  };
  return {
    write(value, writer) {
      const items = arrayOf(value);
      const count = items.length;
      writer.u16(count);
      for (let i = 0; i < count; i++) item.write(items[i], writer);
    },
    read(reader) {
      const count = check(reader.u16());
      return collect(count, () => item.read(reader));
    },
    fromJson(json) {
      const items = arrayOf(json);
      return collect(items.length, (i) => item.fromJson(items[i]));
    },
    toJson: (value) => Array.from(value as readonly unknown[], item.toJson),
  };
}

export interface Property {
  readonly name: string;
  readonly codec: Codec;
  readonly required: boolean;
}

/** The properties in the schema's order, each optional one after a byte that says whether it is there. */
export function objectCodec(path: string, properties: readonly Property[], maker: Maker): Codec {
  const names = properties.map(({ name }) => name);
  const expected = names.length === 0 ? "no members" : names.join(", ");
  const shape = maker.shape(names);
  const objectOf = (value: unknown): object => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) mismatch(path, "an object", value);
    const stranger = shape.stranger(value);
    if (stranger !== null) mismatch(path, expected, stranger);
    return value;
  };
  const isFixed = properties.every(({ required }) => required);
  return {
    write(value, writer) {
      const members = shape.members(objectOf(value));
      for (let i = 0; i < properties.length; i++) {
        const { codec, required } = properties[i] as Property;
        const member = members[i];
        if (!required) writer.u8(member === undefined ? 0 : 1);
        if (required || member !== undefined) codec.write(member, writer);
      }
    },
    read: isFixed ? fixedReader(properties, shape) : looseReader(properties, maker),
    fromJson(json) {
      const members = objectOf(json) as Readonly<Record<string, unknown>>;
      const object = maker.object();
      for (const { name, codec, required } of properties) {
        const has = Object.hasOwn(members, name);
        if (!has && required) mismatch(`${path}.${name}`, "a value", undefined);
        if (has) object[name] = codec.fromJson(members[name]);
      }
      return object;
    },
    toJson(value) {
      const members = value as Readonly<Record<string, unknown>>;
      const object: Record<string, unknown> = {};
      for (const { name, codec } of properties) {
        const member = members[name];
        if (member !== undefined) object[name] = codec.toJson(member);
      }
      return object;
    },
  };
}

/** Objects of one shape, made by one function: the engine then knows where each property is. */
function fixedReader(properties: readonly Property[], { make }: Shape): (reader: Reader) => object {
  const codecs = properties.map(({ codec }) => codec);
  const count = codecs.length;
  return (reader) => {
    const values = new Array<unknown>(count);
    for (let i = 0; i < count; i++) values[i] = (codecs[i] as Codec).read(reader);
    return make(values);
  };
}

function looseReader(properties: readonly Property[], maker: Maker): (reader: Reader) => object {
  return (reader) => {
    const object = maker.object();
    for (const { name, codec, required } of properties) {
      if (required || reader.flag()) object[name] = codec.read(reader);
    }
    return object;
  };
}
