// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

export type CallErrorCode =
  | "connect_timeout"
  | "headers_timeout"
  | "total_timeout"
  | "connect_failed"
  | "connection_lost"
  | "answer_too_large"
  | "answer_malformed"
  | "refused"
  | "aborted";

export interface CallErrorDetails {
  /** HTTP status of a refusal. */
  readonly status?: number;
  /** The problem's code, when the server sent one. */
  readonly problem?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** A call to the prover API that did not succeed. */
export class CallError extends ZetaError<CallErrorCode> {
  readonly status: number | null;
  readonly problem: string | null;
  readonly retryAfterMs: number | null;

  constructor(code: CallErrorCode, message: string, details: CallErrorDetails = {}) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status ?? null;
    this.problem = details.problem ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** Did the server refuse with this problem code? */
export function isProblem(error: unknown, ...codes: readonly string[]): error is CallError {
  return error instanceof CallError && error.problem !== null && codes.includes(error.problem);
}
