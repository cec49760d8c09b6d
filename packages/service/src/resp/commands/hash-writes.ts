// SPDX-License-Identifier: Apache-2.0
/** Changes of fields: HSET and its kin. */
import type { Arguments, Reply } from "../command.ts";
import { CommandError, notAnInteger } from "../command-error.ts";
import { parseInteger } from "../parse-integer.ts";
import { keyName } from "../record-view.ts";
import { added } from "./counters.ts";
import { changingHash } from "./hash-command.ts";

/** Fields and values by turns, behind the key. */
function pairsOf(args: Arguments): readonly (readonly [name: string, value: Buffer])[] {
  if (args.length % 2 === 1) {
    const command = String(args[0]).toLowerCase();
    throw new CommandError(`ERR wrong number of arguments for '${command}' command`);
  }
  const pairs: [string, Buffer][] = [];
  for (let i = 2; i < args.length; i += 2) {
    pairs.push([keyName(args[i] as Buffer), args[i + 1] as Buffer]);
  }
  return pairs;
}

function setting(name: "hset" | "hmset", summary: string, tell: (added: number) => Reply) {
  return changingHash({ name, arity: -4, summary }, ["denyoom"], (args) => {
    const pairs = pairsOf(args);
    let count = 0;
    return {
      apply(fields) {
        const before = fields.size;
        for (const [field, value] of pairs) fields.set(field, value);
        count = fields.size - before;
        return true;
      },
      reply: (writer) => tell(count)(writer),
    };
  });
}

const hset = setting(
  "hset",
  "Gives fields values and tells how many are new",
  (count) => (writer) => writer.integer(count),
);

const hmset = setting("hmset", "Gives fields values", () => (writer) => writer.simple("OK"));

const hsetnx = changingHash(
  { name: "hsetnx", arity: 4, summary: "Gives a field a value if it has none" },
  ["denyoom"],
  ([, , name, value]) => {
    let isSet = false;
    return {
      apply(fields) {
        isSet = !fields.has(keyName(name as Buffer));
        if (isSet) fields.set(keyName(name as Buffer), value as Buffer);
        return isSet;
      },
      reply: (writer) => writer.integer(isSet ? 1 : 0),
    };
  },
);

const hdel = changingHash(
  { name: "hdel", arity: -3, summary: "Deletes fields and tells how many there were" },
  [],
  ([, , ...names]) => {
    let count = 0;
    return {
      apply(fields) {
        count = names.filter((name) => fields.delete(keyName(name))).length;
        return count > 0;
      },
      reply: (writer) => writer.integer(count),
    };
  },
);

const hincrby = changingHash(
  { name: "hincrby", arity: 4, summary: "Adds to a field that holds a whole number" },
  ["denyoom"],
  ([, , name, step]) => {
    const more = parseInteger(step as Buffer);
    if (more === null) throw notAnInteger();
    let sum = 0n;
    return {
      apply(fields) {
        const field = keyName(name as Buffer);
        const value = parseInteger(fields.get(field) ?? Buffer.from("0"));
        if (value === null) throw new CommandError("ERR hash value is not an integer");
        sum = added(value, more);
        fields.set(field, Buffer.from(String(sum)));
        return true;
      },
      reply: (writer) => writer.integer(sum),
    };
  },
);

export const HASH_WRITE_COMMANDS = [hset, hmset, hsetnx, hdel, hincrby] as const;
