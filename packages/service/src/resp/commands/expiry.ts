// SPDX-License-Identifier: Apache-2.0
/** Keys that expire, of which there are none: no clock is certified. */
import { checkedKey } from "../checked-key.ts";
import type { DataCommand } from "../command.ts";
import { CommandError, syntaxError } from "../command-error.ts";
import { tellOneValue } from "../one-value.ts";
import { stringOf } from "../typed-value.ts";

const OPTION_TEXTS_EXPIRY = new Set(["EX", "PX", "EXAT", "PXAT"]);

/** @param option in capitals. @throws CommandError for one that sets an expiry. */
export function refuseExpiry(command: "SET" | "GETEX", option: string): void {
  if (!OPTION_TEXTS_EXPIRY.has(option)) return;
  throw new CommandError(
    `ERR expiry is not supported: expected ${command} without ${option}, since no clock is certified`,
  );
}

const getex: DataCommand = {
  kind: "data",
  name: "getex",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "The value of a key; PERSIST: takes its expiry away, as it has none",
  prepare([, name, ...options]) {
    const key = checkedKey(name);
    for (const option of options) {
      const text = option.toString("latin1").toUpperCase();
      refuseExpiry("GETEX", text);
      if (text !== "PERSIST") throw syntaxError();
    }
    return tellOneValue(key, (writer, value) => writer.bulk(stringOf(value)));
  },
};

export const EXPIRY_COMMANDS = [getex] as const;
