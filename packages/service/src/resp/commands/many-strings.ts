// SPDX-License-Identifier: Apache-2.0
/** The strings of several keys: MGET, MSET, MSETNX. */
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { inParts } from "../in-parts.ts";
import type { RecordView } from "../record-view.ts";
import { isHash, stringValue } from "../typed-value.ts";

interface Pair {
  readonly key: Buffer;
  readonly value: Uint8Array;
}

function pairsOf(args: Arguments): readonly Pair[] {
  if (args.length % 2 === 0) {
    const name = String(args[0]).toLowerCase();
    throw new CommandError(`ERR wrong number of arguments for '${name}' command`);
  }
  const pairs: Pair[] = [];
  for (let i = 1; i < args.length; i += 2) {
    pairs.push({ key: checkedKey(args[i]), value: stringValue(args[i + 1] as Buffer) });
  }
  return pairs;
}

const mget: DataCommand = {
  kind: "data",
  name: "mget",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [1, -1, 1],
  group: "string",
  summary: "The values of keys",
  prepare([, ...names]) {
    const keys = names.map(checkedKey);
    const values: (Uint8Array | null)[] = [];
    const parts = inParts(keys, (key) => [key]).map(({ items, start }) => ({
      reads: items,
      apply(view: RecordView) {
        for (const [i, key] of items.entries()) {
          const value = view.get(key);
          // As Redis does: of another type, there is no string.
          values[start + i] = value !== null && isHash(value) ? null : value;
        }
      },
    }));
    return {
      parts,
      reply(writer) {
        writer.array(values.length);
        for (const value of values) writer.bulk(value);
      },
    };
  },
};

const mset: DataCommand = {
  kind: "data",
  name: "mset",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [1, -1, 2],
  group: "string",
  summary: "Gives keys values",
  prepare(args) {
    const pairs = pairsOf(args);
    const parts = inParts(pairs, ({ key, value }) => [key, value]).map(({ items }) => ({
      reads: [],
      apply(view: RecordView) {
        for (const { key, value } of items) view.set(key, value);
      },
    }));
    return { parts, reply: (writer) => writer.simple("OK") };
  },
};

/** All or none, so it is one step, and refused if that cannot have so many. */
const msetnx: DataCommand = {
  kind: "data",
  name: "msetnx",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [1, -1, 2],
  group: "string",
  summary: "Gives keys values if none of them has one",
  prepare(args) {
    const pairs = pairsOf(args);
    let isSet = false;
    return {
      parts: [
        {
          reads: pairs.map(({ key }) => key),
          apply(view) {
            isSet = pairs.every(({ key }) => !view.has(key));
            if (!isSet) return;
            for (const { key, value } of pairs) view.set(key, value);
          },
        },
      ],
      reply: (writer) => writer.integer(isSet ? 1 : 0),
    };
  },
};

export const MANY_STRING_COMMANDS = [mget, mset, msetnx] as const;
