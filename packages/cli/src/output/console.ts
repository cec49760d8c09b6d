// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";

/** Results: what a script reads. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Results in bulk: waits when the reader is slower than we are. */
export async function printPaced(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

/** A value that somebody else stored: on a terminal its control characters, but for lines and tabs, become visible; a pipe gets what it is. */
export function forReader(
  text: string,
  isTerminal: boolean = process.stdout.isTTY === true,
): string {
  if (!isTerminal) return text;
  return text.replace(/[^\P{Cc}\n\t]/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Talk: progress, warnings, the one line of an error. Never mixed into results. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** One JSON document: indented for a terminal, one line in a pipe. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0));
}
