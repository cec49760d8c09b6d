// SPDX-License-Identifier: Apache-2.0
import { type Logger, pino } from "pino";
import { oneLine } from "../exit.ts";
import { note } from "../output/console.ts";

/** What pino adds to every line and a person need not see. */
const HIDDEN: ReadonlySet<string> = new Set(["level", "time", "pid", "hostname", "msg", "name"]);
const WARNING = 40;

/** The log of a daemon on stderr: one line of text for people, or pino's JSON lines for programs. */
export function daemonLog(json: boolean): Logger {
  const options = { base: null };
  return json
    ? pino(options, process.stderr)
    : pino(options, { write: (line: string) => note(plain(line)) });
}

function plain(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const shown = Object.entries(entry).filter(([name]) => !HIDDEN.has(name));
  const level = Number(entry.level) >= WARNING ? "! " : "";
  const facts = shown.map(([name, value]) => `${name} ${textOf(value)}`);
  return oneLine(`${level}${String(entry.msg ?? "").padEnd(20)} ${facts.join(", ")}`.trimEnd());
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { message, code } = value as { message?: unknown; code?: unknown };
  if (typeof message === "string") return code === undefined ? message : `${message} [${code}]`;
  return JSON.stringify(value);
}
