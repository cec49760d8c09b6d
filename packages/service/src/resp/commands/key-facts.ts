// SPDX-License-Identifier: Apache-2.0
/** What browsers of keys ask of each key besides its value: its type, and when it expires, which it never does. */
import { checkedKey } from "../checked-key.ts";
import type { DataCommand } from "../command.ts";
import { getCall, tellOneValue } from "../one-value.ts";
import type { ReplyWriter } from "../reply-writer.ts";
import { typeOf } from "../typed-value.ts";

/** A command that tells something that follows from whether the key has a value. */
function fact(
  name: string,
  summary: string,
  tell: (writer: ReplyWriter, isThere: boolean) => void,
): DataCommand {
  return {
    kind: "data",
    name,
    arity: 2,
    flags: ["readonly", "fast"],
    keys: [1, 1, 1],
    group: "generic",
    summary,
    prepare([, argument]) {
      const key = checkedKey(argument);
      let isThere = false;
      return {
        whole: getCall(key, (writer, value) => tell(writer, value !== null)),
        parts: [
          {
            reads: [key],
            apply(view) {
              isThere = view.has(key);
            },
          },
        ],
        reply: (writer) => tell(writer, isThere),
      };
    },
  };
}

/** As Redis says them: there is no such key; it does not expire. */
const NO_KEY = -2;
const NO_EXPIRY = -1;

function tellExpiry(writer: ReplyWriter, isThere: boolean): void {
  writer.integer(isThere ? NO_EXPIRY : NO_KEY);
}

const type: DataCommand = {
  kind: "data",
  name: "type",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [1, 1, 1],
  group: "generic",
  summary: "string or hash, or none if the key has no value",
  prepare([, argument]) {
    return tellOneValue(checkedKey(argument), (writer, value) =>
      writer.simple(value === null ? "none" : typeOf(value)),
    );
  },
};

export const KEY_FACT_COMMANDS = [
  type,
  fact("persist", "Takes a key's expiry away: 0, as it has none", (writer) => writer.integer(0)),
  fact("ttl", "Seconds until the key expires: -1, never, or -2, there is none", tellExpiry),
  fact("expiretime", "When the key expires: -1, never, or -2, there is none", tellExpiry),
  fact("pexpiretime", "When the key expires: -1, never, or -2, there is none", tellExpiry),
  fact("pttl", "Milliseconds until the key expires: -1, never, or -2, there is none", tellExpiry),
] as const;
