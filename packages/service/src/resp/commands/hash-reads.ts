// SPDX-License-Identifier: Apache-2.0
/** What hashes hold: HGET and its kin. */
import type { HashFields } from "@zeta/protocol/hash-value";
import type { Reply } from "../command.ts";
import { matchGlob } from "../match-glob.ts";
import { keyName } from "../record-view.ts";
import { scanCursor, scanOptions } from "../scan-options.ts";
import { type HashCommandInfo, readingHash } from "./hash-command.ts";

/** A value of one field, or what follows from it. */
function fieldFact(
  info: HashCommandInfo,
  tell: (writer: Parameters<Reply>[0], value: Uint8Array | undefined) => void,
) {
  return readingHash(info, ["fast"], (args) => {
    const name = keyName(args[2] as Buffer);
    let value: Uint8Array | undefined;
    return {
      apply(fields) {
        value = fields.get(name);
      },
      reply: (writer) => tell(writer, value),
    };
  });
}

const hget = fieldFact(
  { name: "hget", arity: 3, summary: "The value of a field" },
  (writer, value) => writer.bulk(value ?? null),
);

const hexists = fieldFact(
  { name: "hexists", arity: 3, summary: "Has the hash this field?" },
  (writer, value) => writer.integer(value === undefined ? 0 : 1),
);

const hstrlen = fieldFact(
  { name: "hstrlen", arity: 3, summary: "The bytes of a field's value, 0 if there is none" },
  (writer, value) => writer.integer(value?.length ?? 0),
);

const hmget = readingHash(
  { name: "hmget", arity: -3, summary: "The values of fields" },
  ["fast"],
  ([, , ...names]) => {
    let values: (Uint8Array | null)[] = [];
    return {
      apply(fields) {
        values = names.map((name) => fields.get(keyName(name)) ?? null);
      },
      reply(writer) {
        writer.array(values.length);
        for (const value of values) writer.bulk(value);
      },
    };
  },
);

/** A command that tells something of all fields. */
function wholeHash(
  info: HashCommandInfo,
  flags: readonly string[],
  tell: (writer: Parameters<Reply>[0], fields: HashFields) => void,
) {
  return readingHash(info, flags, () => {
    let all: HashFields = new Map();
    return {
      apply(fields) {
        all = fields;
      },
      reply: (writer) => tell(writer, all),
    };
  });
}

const bytesOf = (name: string): Buffer => Buffer.from(name, "latin1");

const hgetall = wholeHash(
  { name: "hgetall", arity: 2, summary: "All fields and their values" },
  [],
  (writer, fields) => {
    writer.map(fields.size);
    for (const [name, value] of fields) writer.bulk(bytesOf(name)).bulk(value);
  },
);

const hkeys = wholeHash(
  { name: "hkeys", arity: 2, summary: "All fields" },
  [],
  (writer, fields) => {
    writer.array(fields.size);
    for (const name of fields.keys()) writer.bulk(bytesOf(name));
  },
);

const hvals = wholeHash(
  { name: "hvals", arity: 2, summary: "The values of all fields" },
  [],
  (writer, fields) => {
    writer.array(fields.size);
    for (const value of fields.values()) writer.bulk(value);
  },
);

const hlen = wholeHash(
  { name: "hlen", arity: 2, summary: "How many fields there are" },
  ["fast"],
  (writer, fields) => writer.integer(fields.size),
);

/** One step has all of them, as Redis does it with small hashes. */
const hscan = readingHash(
  { name: "hscan", arity: -3, summary: "All fields and their values, in one step" },
  [],
  (args) => {
    scanCursor(args[2] as Buffer);
    let found: [string, Uint8Array][] = [];
    return {
      apply(fields) {
        // Redis looks at the options of a walk over something only.
        const { match } = fields.size === 0 ? { match: null } : scanOptions(args, 3, "fields");
        found = [...fields].filter(([name]) => match === null || matchGlob(match, bytesOf(name)));
      },
      reply(writer) {
        writer
          .array(2)
          .bulk("0")
          .array(2 * found.length);
        for (const [name, value] of found) writer.bulk(bytesOf(name)).bulk(value);
      },
    };
  },
);

export const HASH_READ_COMMANDS = [
  ...[hget, hmget, hgetall, hkeys, hvals, hlen, hexists, hstrlen, hscan],
] as const;
