// SPDX-License-Identifier: Apache-2.0
import { isZetaError, ZetaError } from "@zeta/protocol/error";

/** What the shell is told. Other people's scripts rely on these three numbers. */
export const EXIT = {
  success: 0,
  /** A negative answer: not verified, not found, not reachable. */
  negative: 1,
  /** Bad usage: one line on stderr says what was expected and what came. */
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Codes whose cause is how the command was called or where it was started, not what it found out. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "usage",
  "config_invalid",
  "launch_invalid",
  "address_in_use",
  "directory_in_use",
  "batches_present",
  "port_in_use",
  "resp_port_in_use",
  "storage_in_use",
  "storage_place_invalid",
  "storage_foreign",
  "storage_unfinished",
  "listen_failed",
  "files_exhausted",
  "memory_exhausted",
  "store_options",
  "service_code_refused",
  "service_invalid",
  "key_too_long",
  "value_too_large",
]);

/** Takes the exit code of a command that ended; of a program that it ran, the program's own. */
export type Exit = (code: number) => void;

export function usageError(message: string, cause?: unknown): ZetaError<"usage"> {
  return new ZetaError("usage", message, cause === undefined ? undefined : { cause });
}

export function exitCodeOf(error: unknown): ExitCode {
  return isZetaError(error) && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.negative;
}

/** Foreign text on one line of a terminal: control characters become visible escapes. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code === 0x0a ? " " : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** The line that a person reads when a command ends with this error. */
export function describeError(error: unknown): string {
  if (isZetaError(error) && error.code !== "assertion") {
    return error.code === "usage"
      ? oneLine(error.message)
      : oneLine(`${error.message} [${error.code}]`);
  }
  // Not one of our refusals: a defect of this program. The stack is what a report of it needs.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
