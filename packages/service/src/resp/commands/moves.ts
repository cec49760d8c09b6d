// SPDX-License-Identifier: Apache-2.0
/** A value under another key, whatever its type. */
import { checkDatabase } from "../checked-database.ts";
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand, Reply } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";

function rename(
  name: "rename" | "renamenx",
  summary: string,
  tell: (isDone: boolean) => Reply,
): DataCommand {
  return {
    kind: "data",
    name,
    arity: 3,
    flags: name === "rename" ? ["write"] : ["write", "fast"],
    keys: [1, 2, 1],
    group: "generic",
    summary,
    prepare([, source, target]) {
      const [from, to] = [checkedKey(source), checkedKey(target)];
      let isDone = false;
      return {
        parts: [
          {
            reads: [from, to],
            apply(view) {
              const value = view.get(from);
              if (value === null) throw new CommandError("ERR no such key");
              const isSame = from.equals(to);
              isDone = name === "rename" || (!isSame && !view.has(to));
              if (!isDone || isSame) return;
              view.set(to, value);
              view.delete(from);
            },
          },
        ],
        reply: (writer) => tell(isDone)(writer),
      };
    },
  };
}

/** Shall a value that is there be replaced? The only database there is may be named. */
function readCopyOptions(args: Arguments): boolean {
  let isReplaced = false;
  for (let i = 3; i < args.length; i++) {
    const option = (args[i] as Buffer).toString("latin1").toUpperCase();
    const next = args[i + 1];
    if (option === "REPLACE") isReplaced = true;
    else if (option === "DB" && next !== undefined) {
      checkDatabase(next);
      i++;
    } else throw syntaxError();
  }
  return isReplaced;
}

const copy: DataCommand = {
  kind: "data",
  name: "copy",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [1, 2, 1],
  group: "generic",
  summary: "Gives a key the value of another; REPLACE: even if it has one",
  prepare(args) {
    const [from, to] = [checkedKey(args[1]), checkedKey(args[2])];
    const isReplaced = readCopyOptions(args);
    if (from.equals(to)) {
      throw new CommandError("ERR source and destination objects are the same");
    }
    let isDone = false;
    return {
      parts: [
        {
          reads: [from, to],
          apply(view) {
            const value = view.get(from);
            isDone = value !== null && (isReplaced || !view.has(to));
            if (isDone && value !== null) view.set(to, value);
          },
        },
      ],
      reply: (writer) => writer.integer(isDone ? 1 : 0),
    };
  },
};

export const MOVE_COMMANDS = [
  rename("rename", "Moves a value to another key", () => (writer) => writer.simple("OK")),
  rename("renamenx", "Moves a value to another key that has none", (isDone) => (writer) => {
    writer.integer(isDone ? 1 : 0);
  }),
  copy,
] as const;
