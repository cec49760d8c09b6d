// SPDX-License-Identifier: Apache-2.0
/** Keys: which have a value, which shall have none. */
import { decodeKvResult, encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { checkedKey } from "../checked-key.ts";
import type { DataCommand, DataRun } from "../command.ts";
import { inParts } from "../in-parts.ts";
import { getCall } from "../one-value.ts";
import type { RecordView } from "../record-view.ts";

/** A command that answers how many of its keys had a value, a key named twice counted twice if it still had one. */
function counting(
  keys: readonly Buffer[],
  count: (view: RecordView, key: Buffer) => boolean,
): DataRun {
  const counts: number[] = [];
  const parts = inParts(keys, (key) => [key]).map(({ items }, part) => ({
    reads: items,
    apply(view: RecordView) {
      counts[part] = items.filter((key) => count(view, key)).length;
    },
  }));
  return { parts, reply: (writer) => writer.integer(counts.reduce((sum, one) => sum + one, 0)) };
}

function deleting(name: "del" | "unlink"): DataCommand {
  return {
    kind: "data",
    name,
    arity: -2,
    flags: name === "del" ? ["write"] : ["write", "fast"],
    keys: [1, -1, 1],
    group: "generic",
    summary: "Deletes the values of keys and tells how many had one",
    prepare([, ...names]) {
      const keys = names.map(checkedKey);
      const run = counting(keys, (view, key) => {
        const isThere = view.has(key);
        if (isThere) view.delete(key);
        return isThere;
      });
      const [key] = keys as [Buffer];
      return keys.length === 1 ? { ...run, whole: deleteCall(key) } : run;
    },
  };
}

function deleteCall(key: Buffer): DataRun["whole"] & object {
  return {
    function: kvFunctionNumber("delete"),
    argument: encodeKvArgument({ operation: "delete", key }),
    reply(writer, result) {
      const told = decodeKvResult("delete", result);
      writer.integer("existed" in told && told.existed ? 1 : 0);
    },
  };
}

function existing(name: "exists" | "touch"): DataCommand {
  return {
    kind: "data",
    name,
    arity: -2,
    flags: ["readonly", "fast"],
    keys: [1, -1, 1],
    group: "generic",
    summary: "How many of the keys have a value",
    prepare([, ...names]) {
      const keys = names.map(checkedKey);
      const run = counting(keys, (view, key) => view.has(key));
      const [key] = keys as [Buffer];
      const whole = getCall(key, (writer, value) => writer.integer(value === null ? 0 : 1));
      return keys.length === 1 ? { ...run, whole } : run;
    },
  };
}

export const KEY_COMMANDS = [
  ...[deleting("del"), deleting("unlink"), existing("exists"), existing("touch")],
] as const;
