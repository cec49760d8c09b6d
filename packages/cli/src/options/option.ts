// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { Option } from "commander";
import { usageError } from "../exit.ts";

/** An option whose value is parsed; a refusal names the option. */
export function parsedOption<T>(
  flags: string,
  description: string,
  parse: (text: string) => T,
): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => named(option.long ?? flags, () => parse(text)));
}

/** An option that may be given again and again; each value is checked for itself. */
export function listOption(
  flags: string,
  description: string,
  check: (values: readonly string[]) => unknown,
): Option {
  return new Option(flags, description).argParser(
    (text, before: readonly string[] | undefined): readonly string[] => {
      check([text]);
      return [...(before ?? []), text];
    },
  );
}

/** An option that takes one of a few words. Those that exist are those that work. */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
): Option {
  return parsedOption(flags, `${description} (${choices.join(", ")})`, (text) =>
    parseChoice(text, choices),
  );
}

/** @throws ZetaError `usage`. */
export function parseChoice<Choice extends string>(
  text: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const expected = choices.length === 1 ? `${choices[0]} (more is not available yet)` : choices;
  throw usageError(
    `expected ${typeof expected === "string" ? expected : `one of ${expected.join(", ")}`}, got ${JSON.stringify(text)}`,
  );
}

/** Runs a parser; its refusal says what it is about. */
export function named<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isZetaError(error, "usage")) throw error;
    throw usageError(`${name}: ${error.message}`, error);
  }
}

export function collateralOption(): Option {
  return new Option("--collateral <path>", "what Intel or AMD say about the platform of a quote");
}

export function jsonOption(): Option {
  return new Option("--json", "print one JSON document instead of text");
}
