// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "pino";
import { type BackoffRules, backoffDelayMs } from "./backoff.ts";
import { CallError } from "./call-error.ts";
import type { Clock } from "./clock.ts";

/**
 * What is tried again, by cause. Everything else is permanent. The same request is sent again, never a new one: a claim with its lease
 * id, a submission with its signed bytes; so trying again after a lost answer is harmless.
 */
export const RETRY_TABLE: Readonly<Record<string, true>> = {
  connect_timeout: true,
  headers_timeout: true,
  total_timeout: true,
  connect_failed: true,
  connection_lost: true,
  status_408: true, // the server gave up waiting for our body
  status_425: true,
  status_429: true, // too many of us
  status_500: true, // old servers answer it for every passing trouble
  status_502: true,
  status_503: true,
  status_504: true,
};

/** A server may ask for a pause, not for an end. */
const RETRY_AFTER_MS_MAX = 300_000;

/** The row of the table an error belongs to. */
export function causeOf(error: unknown): string {
  if (!(error instanceof CallError)) return "internal";
  return error.status === null ? error.code : `status_${error.status}`;
}

export function isRetriable(error: unknown): boolean {
  return Object.hasOwn(RETRY_TABLE, causeOf(error));
}

export interface RetryContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly rules: BackoffRules;
  /** Null: for ever. A server that is being replaced is no reason to die. */
  readonly retriesMax: number | null;
  readonly log: Logger;
  /** Told of every retry. */
  readonly onRetry: (operation: string, cause: string) => void;
}

/**
 * Calls until it succeeds, fails for good, or is aborted. What is logged as wait is what is slept.
 *
 * @throws the last error; CallError `aborted` after an abort.
 */
export async function retrying<T>(
  context: RetryContext,
  operation: string,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    if (signal.aborted) throw new CallError("aborted", `${operation} was aborted`);
    try {
      return await call(signal);
    } catch (error) {
      if (signal.aborted) throw new CallError("aborted", `${operation} was aborted`);
      const isOver = context.retriesMax !== null && failures > context.retriesMax;
      if (isOver || !isRetriable(error)) throw error;
      const waitMs = waitAfter(context, error, failures);
      const cause = causeOf(error);
      context.onRetry(operation, cause);
      const message = error instanceof Error ? error.message : String(error);
      context.log.warn({ operation, cause, failures, waitMs, error: message }, "trying again");
      await context.clock.sleep(waitMs, signal);
    }
  }
}

function waitAfter(context: RetryContext, error: unknown, failures: number): number {
  const own = backoffDelayMs(context.rules, failures, context.random);
  const asked = error instanceof CallError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(own, Math.min(asked, RETRY_AFTER_MS_MAX));
}
