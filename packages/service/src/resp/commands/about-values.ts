// SPDX-License-Identifier: Apache-2.0
/** OBJECT and MEMORY: how a record is kept, as far as that can be said in the words of Redis. */
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand, DataRun } from "../command.ts";
import { notAnInteger, syntaxError } from "../command-error.ts";
import { type Subcommands, subcommandOf } from "../container.ts";
import { type TellValue, tellOneValue } from "../one-value.ts";
import { parseInteger } from "../parse-integer.ts";
import { isHash } from "../typed-value.ts";

type Run = (args: Arguments) => DataRun;

/** Of the key that is the third argument; null where there is no value. */
function told(tell: TellValue): Run {
  return ([, , name]) =>
    tellOneValue(checkedKey(name), (writer, value) => {
      if (value === null) writer.null();
      else tell(writer, value);
    });
}

const encoding = told((writer, value) => {
  // A string is its bytes, a hash its fields one behind the other: what Redis calls so.
  writer.bulk(isHash(value as Uint8Array) ? "listpack" : "raw");
});

const usage: Run = (args) => {
  const [, , name, option, samples, ...more] = args;
  if (option !== undefined) {
    if (!/^samples$/i.test(option.toString("latin1")) || samples === undefined) throw syntaxError();
    const number = parseInteger(samples);
    if (number === null) throw notAnInteger();
    if (number < 0n || more.length > 0) throw syntaxError();
  }
  const keyBytes = checkedKey(name).length;
  return told((writer, value) => {
    writer.integer(keyBytes + (value as Uint8Array).length);
  })(args);
};

const OBJECT: Subcommands<Run> = {
  encoding: {
    arity: 3,
    help: ["ENCODING <key>", "Return raw for a string and listpack for a hash."],
    run: encoding,
  },
  refcount: {
    arity: 3,
    help: ["REFCOUNT <key>", "Return 1: no value is shared."],
    run: told((writer) => writer.integer(1)),
  },
};

const MEMORY: Subcommands<Run> = {
  usage: {
    arity: -3,
    help: ["USAGE <key> [SAMPLES <count>]", "Return the bytes of <key> and of its value."],
    run: usage,
  },
};

function container(
  name: "object" | "memory",
  summary: string,
  subcommands: Subcommands<Run>,
): DataCommand {
  return {
    kind: "data",
    name,
    arity: -2,
    flags: ["readonly"],
    keys: [2, 2, 1],
    group: "generic",
    summary,
    prepare: (args) =>
      subcommandOf<Run>(name, subcommands, args, (reply) => () => ({ parts: [], reply }))(args),
  };
}

export const ABOUT_VALUE_COMMANDS = [
  container("object", "ENCODING, REFCOUNT: how a value is kept", OBJECT),
  container("memory", "USAGE: the bytes of a key and its value", MEMORY),
] as const;
