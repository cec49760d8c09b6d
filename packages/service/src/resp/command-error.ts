// SPDX-License-Identifier: Apache-2.0
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { isProblemCode, MonitorFailedError } from "../problem.ts";
import { REPLY_BYTES_MAX } from "./limits.ts";

/** A command that is answered with an error. The message is the answer: a code in capitals, a space, and what is wrong. */
export class CommandError extends ZetaError<"resp_command"> {
  constructor(answer: string) {
    super("resp_command", answer);
  }
}

export const syntaxError = (): CommandError => new CommandError("ERR syntax error");

export const notAnInteger = (): CommandError =>
  new CommandError("ERR value is not an integer or out of range");

export function refuseLargeReply(bytes: number): never {
  throw new CommandError(
    `ERR reply_too_large: expected at most ${REPLY_BYTES_MAX} bytes of keys or values in one answer, got ${bytes}`,
  );
}

export const INTERNAL_ERROR = "ERR internal_error: the command failed for a reason of ours";

/** Codes that clients of Redis know, and our own for what Redis has not; all others are `ERR`. */
const PREFIXES: Readonly<Record<string, string>> = {
  store_full: "OOM",
  too_many_requests: "BUSY",
};

/** What a client is told of an error: never the text of one that is none of ours. */
export function errorAnswer(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  if (error instanceof MonitorFailedError) {
    return "VIOLATION the monitor refused this service's log, and nothing more is certified; the signed statement is at GET /v1/violations";
  }
  if (!isZetaError(error) || !isProblemCode(error.code)) {
    return INTERNAL_ERROR;
  }
  return `${PREFIXES[error.code] ?? "ERR"} ${error.code}: ${error.message}`;
}
