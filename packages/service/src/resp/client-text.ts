// SPDX-License-Identifier: Apache-2.0
import { CommandError } from "./command-error.ts";
import { CLIENT_NAME_BYTES_MAX } from "./limits.ts";

const CLIENT_TEXT = /^[!-~]*$/;

/** @throws CommandError for what would break the lines of CLIENT LIST. */
export function clientText(text: Buffer, what: string): string {
  const characters = text.toString("latin1");
  if (text.length > CLIENT_NAME_BYTES_MAX || !CLIENT_TEXT.test(characters)) {
    throw new CommandError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
  }
  return characters;
}
