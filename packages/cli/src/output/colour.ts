// SPDX-License-Identifier: Apache-2.0

/** SGR codes of the two colours that carry meaning here, and of bold. */
const CODES = { good: "32", bad: "31", strong: "1" } as const;

/**
 * Colour only where a person looks: on a terminal, and not when NO_COLOR is set to anything (no-color.org) or the terminal is dumb.
 * The text itself always says the same, colour adds nothing to it.
 */
export function paint(style: keyof typeof CODES, text: string): string {
  const { NO_COLOR, TERM } = process.env;
  const plain = !process.stdout.isTTY || (NO_COLOR ?? "") !== "" || TERM === "dumb";
  return plain ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
}
