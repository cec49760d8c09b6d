// SPDX-License-Identifier: Apache-2.0
import type { CommanderError } from "commander";
import { oneLine } from "../exit.ts";

/** How the parser's refusals read in our manner: what was expected, what came. */
const FORMS: readonly (readonly [code: string, pattern: RegExp, text: string])[] = [
  ["commander.unknownOption", /unknown option '(.+?)'/, "expected an option from --help, got $1"],
  ["commander.unknownCommand", /unknown command '(.+?)'/, "expected a command from --help, got $1"],
  [
    "commander.missingArgument",
    /missing required argument '(.+?)'/,
    "expected the argument $1, got none",
  ],
  ["commander.optionMissingArgument", /option '(.+?)'.*/, "expected a value for $1, got none"],
  [
    "commander.missingMandatoryOptionValue",
    /required option '(.+?)'.*/,
    "expected the option $1, got none",
  ],
  [
    "commander.excessArguments",
    /too many arguments(?: for '.+?')?\. Expected (\d+) arguments? but got (\d+)\./,
    "expected $1 arguments, got $2",
  ],
];

export function describeUsageError(error: CommanderError): string {
  const message = error.message.replace(/^error: /, "");
  const form = FORMS.find(([code]) => code === error.code);
  const told = form === undefined ? message : message.replace(form[1], form[2]);
  return oneLine(told.replace("expected 1 arguments", "expected 1 argument"));
}
