// SPDX-License-Identifier: Apache-2.0
import { CommandError, notAnInteger } from "./command-error.ts";
import { parseInteger } from "./parse-integer.ts";

/** @throws CommandError for any other than database 0, the only one. */
export function checkDatabase(index: Buffer): void {
  const number = parseInteger(index);
  if (number === null) throw notAnInteger();
  if (number !== 0n) throw new CommandError("ERR DB index is out of range");
}
