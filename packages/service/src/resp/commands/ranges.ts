// SPDX-License-Identifier: Apache-2.0
/** Parts of a string: GETRANGE and SETRANGE. */
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { checkedKey } from "../checked-key.ts";
import type { DataCommand } from "../command.ts";
import { CommandError, notAnInteger } from "../command-error.ts";
import { tellOneValue } from "../one-value.ts";
import { parseInteger } from "../parse-integer.ts";
import { stringOf, stringValue } from "../typed-value.ts";

const NOTHING = Buffer.alloc(0);

function integer(text: Buffer | undefined): bigint {
  const number = parseInteger(text as Buffer);
  if (number === null) throw notAnInteger();
  return number;
}

/** The bytes from `first` to `last`, both included; below zero they count from the end, as Redis has it. */
function rangeOf(value: Uint8Array, first: bigint, last: bigint): Uint8Array {
  const length = BigInt(value.length);
  if (first < 0n && last < 0n && first > last) return NOTHING;
  const place = (index: bigint) =>
    index >= 0n ? index : index + length < 0n ? 0n : index + length;
  const end = place(last) >= length ? length : place(last) + 1n;
  return place(first) >= end ? NOTHING : value.subarray(Number(place(first)), Number(end));
}

function getrange(name: "getrange" | "substr"): DataCommand {
  return {
    kind: "data",
    name,
    arity: 4,
    flags: ["readonly"],
    keys: [1, 1, 1],
    group: "string",
    summary: "A part of a value, by the first and the last byte",
    prepare([, name, from, to]) {
      const key = checkedKey(name);
      const [first, last] = [integer(from), integer(to)];
      const part = (value: Uint8Array | null) => rangeOf(stringOf(value) ?? NOTHING, first, last);
      return tellOneValue(key, (writer, value) => writer.bulk(part(value)));
    },
  };
}

/** Zeros stand where nothing was. */
function overwritten(value: Uint8Array, offset: bigint, more: Uint8Array): Uint8Array {
  const end = offset + BigInt(more.length);
  if (end > BigInt(VALUE_BYTES_MAX)) {
    throw new CommandError(
      `ERR value_too_large: expected a value of at most ${VALUE_BYTES_MAX} bytes, got ${end}`,
    );
  }
  const bytes = new Uint8Array(Math.max(value.length, Number(end)));
  bytes.set(value);
  bytes.set(more, Number(offset));
  return bytes;
}

const setrange: DataCommand = {
  kind: "data",
  name: "setrange",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [1, 1, 1],
  group: "string",
  summary: "Overwrites a part of a value and tells its length",
  prepare([, name, at, more]) {
    const key = checkedKey(name);
    const offset = integer(at);
    if (offset < 0n) throw new CommandError("ERR offset is out of range");
    const bytes = more as Buffer;
    let length = 0;
    return {
      parts: [
        {
          reads: [key],
          apply(view) {
            const before = stringOf(view.get(key)) ?? NOTHING;
            length = before.length;
            if (bytes.length === 0) return;
            const value = stringValue(overwritten(before, offset, bytes));
            length = value.length;
            view.set(key, value);
          },
        },
      ],
      reply: (writer) => writer.integer(length),
    };
  },
};

export const RANGE_COMMANDS = [getrange("getrange"), getrange("substr"), setrange] as const;
