// SPDX-License-Identifier: Apache-2.0
/** Hashes: the fields of one record. A command reads the record, and writes it back if it changed a field. */
import type { HashFields } from "@zeta/protocol/hash-value";
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand, Reply } from "../command.ts";
import { tellOneValue } from "../one-value.ts";
import { fieldsOf, hashValue } from "../typed-value.ts";

/** What a command does with the fields of a hash, and what it answers then. */
interface HashWork {
  /** May be run again, on other fields. */
  readonly apply: (fields: HashFields) => void;
  readonly reply: Reply;
}

export type HashCommandInfo = Pick<DataCommand, "name" | "arity" | "summary">;

const COMMON = { kind: "data", keys: [1, 1, 1], group: "hash" } as const;

/** A command that changes no field. */
export function readingHash(
  info: HashCommandInfo,
  flags: readonly string[],
  work: (args: Arguments) => HashWork,
) {
  return {
    ...COMMON,
    ...info,
    flags: ["readonly", ...flags],
    prepare(args) {
      const { apply, reply } = work(args);
      return tellOneValue(checkedKey(args[1]), (writer, value) => {
        apply(fieldsOf(value));
        reply(writer);
      });
    },
  } satisfies DataCommand;
}

interface HashChange {
  /** True: a field was changed. */
  readonly apply: (fields: HashFields) => boolean;
  readonly reply: Reply;
}

/** A command that may change fields; a hash without any is gone. */
export function changingHash(
  info: HashCommandInfo,
  flags: readonly string[],
  work: (args: Arguments) => HashChange,
) {
  return {
    ...COMMON,
    ...info,
    flags: ["write", ...flags, "fast"],
    prepare(args) {
      const key = checkedKey(args[1]);
      const { apply, reply } = work(args);
      return {
        parts: [
          {
            reads: [key],
            apply(view) {
              const fields = fieldsOf(view.get(key));
              if (!apply(fields)) return;
              if (fields.size === 0) view.delete(key);
              else view.set(key, hashValue(fields));
            },
          },
        ],
        reply,
      };
    },
  } satisfies DataCommand;
}
