// SPDX-License-Identifier: Apache-2.0
/** Values as they are: GET, SET and what Redis builds from them. */
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand, DataRun } from "../command.ts";
import { syntaxError } from "../command-error.ts";
import { tellOneValue } from "../one-value.ts";
import type { RecordView } from "../record-view.ts";
import { stringOf, stringValue } from "../typed-value.ts";
import { refuseExpiry } from "./expiry.ts";

const NOTHING = Buffer.alloc(0);

const get: DataCommand = {
  kind: "data",
  name: "get",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "The value of a key",
  prepare([, name]) {
    return tellOneValue(checkedKey(name), (writer, value) => writer.bulk(stringOf(value)));
  },
};

interface SetOptions {
  readonly condition: "none" | "absent" | "present";
  /** Answer the old value. */
  readonly get: boolean;
}

function readSetOptions(args: Arguments): SetOptions {
  let condition: SetOptions["condition"] = "none";
  let get = false;
  for (const option of args.slice(3)) {
    const text = option.toString("latin1").toUpperCase();
    refuseExpiry("SET", text);
    if (text === "GET") get = true;
    else if (text === "NX" && condition !== "present") condition = "absent";
    else if (text === "XX" && condition !== "absent") condition = "present";
    // Without expiry there is none to be kept or lost.
    else if (text !== "KEEPTTL") throw syntaxError();
  }
  return { condition, get };
}

const set: DataCommand = {
  kind: "data",
  name: "set",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [1, 1, 1],
  group: "string",
  summary: "Gives a key a value; NX: if it has none, XX: if it has one, GET: tells the old one",
  prepare(args) {
    const key = checkedKey(args[1]);
    const value = stringValue(args[2] as Buffer);
    const options = readSetOptions(args);
    if (options.condition === "none" && !options.get) return plainSet(key, value);
    return conditionalSet(key, value, options);
  },
};

function plainSet(key: Buffer, value: Uint8Array): DataRun {
  return {
    whole: {
      function: kvFunctionNumber("put"),
      argument: encodeKvArgument({ operation: "put", key, value }),
      reply: (writer) => writer.simple("OK"),
    },
    parts: [{ reads: [], apply: (view) => view.set(key, value) }],
    reply: (writer) => writer.simple("OK"),
  };
}

function conditionalSet(key: Buffer, value: Uint8Array, { condition, get }: SetOptions): DataRun {
  let old: Uint8Array | null = null;
  let isSet = false;
  return {
    parts: [
      {
        reads: [key],
        apply(view) {
          if (get) old = stringOf(view.get(key));
          isSet = condition === "none" || view.has(key) === (condition === "present");
          if (isSet) view.set(key, value);
        },
      },
    ],
    reply(writer) {
      if (get) writer.bulk(old);
      else if (isSet) writer.simple("OK");
      else writer.null();
    },
  };
}

const setnx: DataCommand = {
  kind: "data",
  name: "setnx",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "Gives a key a value if it has none",
  prepare([, name, text]) {
    const key = checkedKey(name);
    const value = stringValue(text as Buffer);
    let isSet = false;
    return {
      parts: [
        {
          reads: [key],
          apply(view) {
            isSet = !view.has(key);
            if (isSet) view.set(key, value);
          },
        },
      ],
      reply: (writer) => writer.integer(isSet ? 1 : 0),
    };
  },
};

/** A command that answers the old value and then does something to the record. */
function exchange(
  info: Pick<DataCommand, "name" | "arity" | "flags" | "summary">,
  change: (view: RecordView, key: Buffer, args: Arguments) => void,
): DataCommand {
  return {
    ...info,
    kind: "data",
    keys: [1, 1, 1],
    group: "string",
    prepare(args) {
      const key = checkedKey(args[1]);
      let old: Uint8Array | null = null;
      return {
        parts: [
          {
            reads: [key],
            apply(view) {
              old = stringOf(view.get(key));
              change(view, key, args);
            },
          },
        ],
        reply: (writer) => writer.bulk(old),
      };
    },
  };
}

const getset = exchange(
  {
    name: "getset",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    summary: "Gives a key a value and tells the old one",
  },
  (view, key, args) => view.set(key, stringValue(args[2] as Buffer)),
);

const getdel = exchange(
  { name: "getdel", arity: 2, flags: ["write", "fast"], summary: "Tells a value and deletes it" },
  (view, key) => {
    if (view.has(key)) view.delete(key);
  },
);

const strlen: DataCommand = {
  kind: "data",
  name: "strlen",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "The bytes of a value, 0 if there is none",
  prepare([, name]) {
    const tell = (value: Uint8Array | null) => stringOf(value)?.length ?? 0;
    return tellOneValue(checkedKey(name), (writer, value) => writer.integer(tell(value)));
  },
};

const append: DataCommand = {
  kind: "data",
  name: "append",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "Puts bytes behind a value and tells its length",
  prepare([, name, more]) {
    const key = checkedKey(name);
    let length = 0;
    return {
      parts: [
        {
          reads: [key],
          apply(view) {
            const before = stringOf(view.get(key)) ?? NOTHING;
            const value = stringValue(Buffer.concat([before, more as Buffer]));
            length = value.length;
            view.set(key, value);
          },
        },
      ],
      reply: (writer) => writer.integer(length),
    };
  },
};

export const STRING_COMMANDS = [...[get, set, setnx, getset, getdel, strlen, append]] as const;
