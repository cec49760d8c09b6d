// SPDX-License-Identifier: Apache-2.0
/** HRANDFIELD: some fields of a hash, by the front's own dice. That the fields are there is certified; that the choice was fair is not. */
import { randomInt } from "node:crypto";
import type { HashFields } from "@zeta/protocol/hash-value";
import type { Arguments, Reply } from "../command.ts";
import { CommandError, notAnInteger, syntaxError } from "../command-error.ts";
import { ARGUMENTS_MAX } from "../limits.ts";
import { parseInteger } from "../parse-integer.ts";
import { readingHash } from "./hash-command.ts";

type Field = readonly [name: string, value: Uint8Array];
type Writer = Parameters<Reply>[0];

const COUNT_MAX = 2n ** 63n - 1n;

interface Wanted {
  /** Below zero: so many, a field perhaps more than once. Null: one field, and not a list. */
  readonly count: number | null;
  readonly withValues: boolean;
}

function readWanted(args: Arguments): Wanted {
  const [, , text, option, ...more] = args;
  if (text === undefined) return { count: null, withValues: false };
  const count = parseInteger(text);
  if (count === null) throw notAnInteger();
  if (count < -COUNT_MAX) {
    throw new CommandError(
      `ERR value is out of range, value must between ${-COUNT_MAX} and ${COUNT_MAX}`,
    );
  }
  const withValues = option !== undefined;
  if (withValues && (more.length > 0 || !/^withvalues$/i.test(option.toString("latin1")))) {
    throw syntaxError();
  }
  if (withValues && (count < -COUNT_MAX / 2n || count > COUNT_MAX / 2n)) {
    throw new CommandError("ERR value is out of range");
  }
  if (count < -BigInt(ARGUMENTS_MAX)) {
    throw new CommandError(
      `ERR reply_too_large: expected at most ${ARGUMENTS_MAX} fields in one answer, got ${-count}`,
    );
  }
  return { count: Number(count), withValues };
}

/** So many different ones, or below zero so many, each drawn anew. */
function drawn(all: readonly Field[], count: number): readonly Field[] {
  if (all.length === 0 || count === 0) return [];
  if (count < 0) return Array.from({ length: -count }, () => all[randomInt(all.length)] as Field);
  const fields = [...all];
  // The first steps of a shuffle (Fisher and Yates).
  for (let i = 0; i < Math.min(count, fields.length - 1); i++) {
    const j = i + randomInt(fields.length - i);
    [fields[i], fields[j]] = [fields[j] as Field, fields[i] as Field];
  }
  return fields.slice(0, count);
}

function tell(writer: Writer, all: HashFields, { count, withValues }: Wanted): void {
  const fields = drawn([...all], count ?? 1);
  const nameOf = (field: Field) => Buffer.from(field[0], "latin1");
  if (count === null) {
    writer.bulk(fields[0] === undefined ? null : nameOf(fields[0]));
    return;
  }
  // RESP3 has a list of pairs, RESP2 the pairs one behind the other.
  const isNested = withValues && writer.version === 3;
  writer.array(withValues && !isNested ? 2 * fields.length : fields.length);
  for (const field of fields) {
    if (isNested) writer.array(2);
    writer.bulk(nameOf(field));
    if (withValues) writer.bulk(field[1]);
  }
}

const hrandfield = readingHash(
  { name: "hrandfield", arity: -2, summary: "Some field, or so many: which, the host chooses" },
  [],
  (args) => {
    const wanted = readWanted(args);
    let all: HashFields = new Map();
    return {
      apply(fields) {
        all = fields;
      },
      reply: (writer) => tell(writer, all, wanted),
    };
  },
);

export const HASH_RANDOM_COMMANDS = [hrandfield] as const;
