// SPDX-License-Identifier: Apache-2.0
import { RespProtocolError } from "./protocol-error.ts";

const SPACES = new Set([" ", "\t", "\n", "\v", "\f", "\r", "\0"]);
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};
const HEX_ESCAPE = /^x[0-9a-fA-F]{2}/;

/**
 * Splits a command typed as a line by the rules of Redis (`sdssplitargs`): spaces part, "..." knows \n \r \t \b \a \" \\ and \xHH, '...' only
 * \'. A quoted argument ends at a space or at the end.
 *
 * @param line without its line end; every byte is one character.
 * @throws RespProtocolError for quotes that do not end so.
 * @example
 * parseInline(Buffer.from('SET greeting "good day"')); // SET, greeting, good day
 */
export function parseInline(line: Buffer): Buffer[] {
  const text = line.toString("latin1", 0, line.length);
  const args: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && SPACES.has(text[at] as string)) at++;
    if (at >= text.length) return args;
    const [argument, end] = readArgument(text, at);
    args.push(Buffer.from(argument, "latin1"));
    at = end;
  }
}

function readArgument(text: string, start: number): [argument: string, end: number] {
  let argument = "";
  let at = start;
  while (at < text.length && !SPACES.has(text[at] as string)) {
    const character = text[at] as string;
    if (character === '"' || character === "'") {
      const [quoted, end] = readQuoted(text, at + 1, character);
      if (end < text.length && !SPACES.has(text[end] as string)) unbalanced();
      return [argument + quoted, end];
    }
    argument += character;
    at++;
  }
  return [argument, at];
}

function readQuoted(text: string, start: number, quote: string): [quoted: string, end: number] {
  let quoted = "";
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (character === quote) return [quoted, at + 1];
    if (character !== "\\") {
      quoted += character;
      continue;
    }
    const rest = text.slice(at + 1, at + 4);
    if (quote === "'") {
      if (rest[0] === "'") at++;
      quoted += rest[0] === "'" ? "'" : character;
    } else if (HEX_ESCAPE.test(rest)) {
      quoted += String.fromCharCode(Number.parseInt(rest.slice(1, 3), 16));
      at += 3;
    } else {
      const next = rest[0] ?? unbalanced();
      quoted += ESCAPES[next] ?? next;
      at++;
    }
  }
  return unbalanced();
}

function unbalanced(): never {
  throw new RespProtocolError("unbalanced quotes in request");
}
