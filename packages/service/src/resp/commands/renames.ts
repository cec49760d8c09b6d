// SPDX-License-Identifier: Apache-2.0
/** A value under another key, whatever its type. */
import { checkedKey } from "../checked-key.ts";
import type { DataCommand, Reply } from "../command.ts";
import { CommandError } from "../command-error.ts";

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

export const RENAME_COMMANDS = [
  rename("rename", "Moves a value to another key", () => (writer) => writer.simple("OK")),
  rename("renamenx", "Moves a value to another key that has none", (isDone) => (writer) => {
    writer.integer(isDone ? 1 : 0);
  }),
] as const;
