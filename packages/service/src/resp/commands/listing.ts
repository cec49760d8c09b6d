// SPDX-License-Identifier: Apache-2.0
/** Which keys there are, by the host's own list. */
import { randomInt } from "node:crypto";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { CatalogueStep, KeyCatalogue } from "../../key-catalogue.ts";
import type { LocalCommand, LoneCommand, Reply } from "../command.ts";
import { CommandError, refuseLargeReply } from "../command-error.ts";
import { KEYS_MAX, REPLY_BYTES_MAX, TYPED_SCAN_COUNT_MAX } from "../limits.ts";
import { matchGlob, parseGlob } from "../match-glob.ts";
import type { ReplyWriter } from "../reply-writer.ts";
import { type ScanOptions, scanCursor, scanOptions } from "../scan-options.ts";
import { typeOf } from "../typed-value.ts";

/** So many values of any length fit into one round of reads. */
const VALUES_AT_ONCE = REPLY_BYTES_MAX / VALUE_BYTES_MAX;

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
    const options = scanOptions(args, 2, "keys");
    if (options.type !== null) {
      throw new CommandError("ERR SCAN with TYPE is not supported between MULTI and EXEC");
    }
    tellStep(writer, step(context.catalogue, start, options));
  },
  withValues(args) {
    const start = scanCursor(args[1] as Buffer);
    const options = scanOptions(args, 2, "keys");
    return options.type === null ? null : (_args, at) => scanTyped(start, options, at);
  },
};

/** One step, its keys those that match. */
function step(
  catalogue: KeyCatalogue,
  start: number,
  { count, match }: Pick<ScanOptions, "count" | "match">,
): CatalogueStep {
  const { cursor, keys } = complete(catalogue).step(start, count, REPLY_BYTES_MAX);
  return { cursor, keys: match === null ? keys : keys.filter((key) => matchGlob(match, key)) };
}

function tellStep(writer: ReplyWriter, { cursor, keys }: CatalogueStep): void {
  writer.array(2).bulk(String(cursor)).array(keys.length);
  for (const key of keys) writer.bulk(key);
}

/** The list knows no types: the values of a step's keys are read, by certified gets. */
async function scanTyped(
  start: number,
  { count, match, type }: ScanOptions,
  { context, session }: Parameters<LoneCommand["run"]>[1],
): Promise<Reply> {
  const options = { count: Math.min(count, TYPED_SCAN_COUNT_MAX), match };
  const { cursor, keys: all } = step(context.catalogue, start, options);
  const found: Buffer[] = [];
  for (let i = 0; i < all.length; i += VALUES_AT_ONCE) {
    const { values, calls } = await context.runner.read(all.slice(i, i + VALUES_AT_ONCE));
    session.remember(calls);
    for (const [key, value] of values) {
      if (value !== null && typeOf(value) === type) found.push(key);
    }
  }
  return (writer) => tellStep(writer, { cursor, keys: found });
}

const randomkey: LocalCommand = {
  kind: "local",
  looksAtRecords: true,
  name: "randomkey",
  arity: 1,
  flags: ["readonly"],
  keys: [0, 0, 0],
  group: "generic",
  summary: "Some key, as the host chooses: not certified",
  answer(_args, { context, writer }) {
    writer.bulk(complete(context.catalogue).pick((end) => randomInt(end)));
  },
};

export const LISTING_COMMANDS = [dbsize, keys, scan, randomkey] as const;
