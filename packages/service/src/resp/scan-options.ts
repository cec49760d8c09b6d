// SPDX-License-Identifier: Apache-2.0
/** Where a walk of SCAN or HSCAN stands, and what it asks for. */
import type { Arguments } from "./command.ts";
import { CommandError, notAnInteger, syntaxError } from "./command-error.ts";
import { SCAN_COUNT_MAX } from "./limits.ts";
import { type Glob, parseGlob } from "./match-glob.ts";
import { parseInteger } from "./parse-integer.ts";

const CURSOR_MAX = 2n ** 53n;
const COUNT_DEFAULT = 10n;

/** @throws CommandError for what no walk ever answered. */
export function scanCursor(text: Buffer): number {
  const number = parseInteger(text);
  if (number !== null && number >= 0n && number < CURSOR_MAX) return Number(number);
  throw new CommandError("ERR invalid cursor");
}

export interface ScanOptions {
  /** At most SCAN_COUNT_MAX. */
  readonly count: number;
  readonly match: Glob | null;
  /** In lower case. */
  readonly type: string | null;
}

/**
 * The options of a walk, which begin at an argument.
 *
 * @param over a walk over fields knows no types. @throws CommandError
 */
export function scanOptions(args: Arguments, from: number, over: "keys" | "fields"): ScanOptions {
  let count = COUNT_DEFAULT;
  let match: Glob | null = null;
  let type: string | null = null;
  for (let i = from; i < args.length; i += 2) {
    const value = args[i + 1];
    const option = (args[i] as Buffer).toString("latin1").toUpperCase();
    if (value === undefined) throw syntaxError();
    if (option === "MATCH") match = parseGlob(value);
    else if (option === "TYPE" && over === "keys") type = value.toString("latin1").toLowerCase();
    else if (option === "COUNT") {
      const number = parseInteger(value);
      if (number === null) throw notAnInteger();
      if (number < 1n) throw syntaxError();
      count = number;
    } else throw syntaxError();
  }
  const most = BigInt(SCAN_COUNT_MAX);
  return { count: Number(count < most ? count : most), match, type };
}
