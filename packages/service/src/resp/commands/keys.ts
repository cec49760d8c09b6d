// SPDX-License-Identifier: Apache-2.0
/** Keys: which have a value, which shall have none, which there are. */
import { decodeKvResult, encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import type { KeyCatalogue } from "../../key-catalogue.ts";
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand, DataRun, LocalCommand } from "../command.ts";
import { CommandError, notAnInteger, refuseLargeReply, syntaxError } from "../command-error.ts";
import { inParts } from "../in-parts.ts";
import { KEYS_MAX, REPLY_BYTES_MAX, SCAN_COUNT_MAX } from "../limits.ts";
import { matchGlob, parseGlob } from "../match-glob.ts";
import { getCall } from "../one-value.ts";
import { parseInteger } from "../parse-integer.ts";
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

const dbsize: LocalCommand = {
  kind: "local",
  looksAtRecords: true,
  name: "dbsize",
  arity: 1,
  flags: ["readonly", "fast"],
  keys: [0, 0, 0],
  group: "server",
  summary: "How many keys there are, as the host says: not certified",
  answer: (_args, { context, writer }) => {
    writer.integer(complete(context.catalogue).size);
  },
};

/** @throws CommandError when the host does not know all keys. */
function complete(catalogue: KeyCatalogue): KeyCatalogue {
  if (catalogue.isComplete) return catalogue;
  throw new CommandError("ERR keys_not_listed: there were more keys than the host lists");
}

const keys: LocalCommand = {
  kind: "local",
  looksAtRecords: true,
  name: "keys",
  arity: 2,
  flags: ["readonly"],
  keys: [0, 0, 0],
  group: "generic",
  summary: "The keys that match a pattern, as the host says: not certified",
  answer([, pattern], { context, writer }) {
    const catalogue = complete(context.catalogue);
    if (catalogue.places > KEYS_MAX) {
      throw new CommandError(
        `ERR too_many_keys: expected at most ${KEYS_MAX} keys, got more; use SCAN`,
      );
    }
    const glob = parseGlob(pattern as Buffer);
    const found = catalogue.step(0, KEYS_MAX).keys.filter((key) => matchGlob(glob, key));
    const bytes = found.reduce((sum, { length }) => sum + length, 0);
    if (bytes > REPLY_BYTES_MAX) refuseLargeReply(bytes);
    writer.array(found.length);
    for (const key of found) writer.bulk(key);
  },
};

const CURSOR_MAX = 2n ** 53n;
const COUNT_DEFAULT = 10n;

const scan: LocalCommand = {
  kind: "local",
  looksAtRecords: true,
  name: "scan",
  arity: -2,
  flags: ["readonly"],
  keys: [0, 0, 0],
  group: "generic",
  summary: "A step of a walk over the keys, as the host says: not certified",
  answer(args, { context, writer }) {
    const start = scanCursor(args[1] as Buffer);
    const { count, match } = scanOptions(args, 2);
    const catalogue = complete(context.catalogue);
    const { cursor, keys } = catalogue.step(start, count, REPLY_BYTES_MAX);
    const glob = match === null ? null : parseGlob(match);
    const found = glob === null ? keys : keys.filter((key) => matchGlob(glob, key));
    writer.array(2).bulk(String(cursor)).array(found.length);
    for (const key of found) writer.bulk(key);
  },
};

/** @throws CommandError for what no walk ever answered. */
export function scanCursor(text: Buffer): number {
  const number = parseInteger(text);
  if (number !== null && number >= 0n && number < CURSOR_MAX) return Number(number);
  throw new CommandError("ERR invalid cursor");
}

/** The options of a walk, which begin at an argument. */
export function scanOptions(
  args: Arguments,
  from: number,
): { count: number; match: Buffer | null } {
  let count = COUNT_DEFAULT;
  let match: Buffer | null = null;
  for (let i = from; i < args.length; i += 2) {
    const value = args[i + 1];
    const option = (args[i] as Buffer).toString("latin1").toUpperCase();
    if (value === undefined) throw syntaxError();
    if (option === "MATCH") match = value;
    else if (option === "COUNT") {
      const number = parseInteger(value);
      if (number === null) throw notAnInteger();
      if (number < 1n) throw syntaxError();
      count = number;
    } else throw syntaxError();
  }
  const most = BigInt(SCAN_COUNT_MAX);
  return { count: Number(count < most ? count : most), match };
}

export const KEY_COMMANDS = [
  ...[deleting("del"), deleting("unlink"), existing("exists"), existing("touch")],
  ...[dbsize, keys, scan],
] as const;
