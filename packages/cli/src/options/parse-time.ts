// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";

/** Time zones are required: a bare local time would mean another moment on another machine. */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2}))?$/;
/** Seconds since 1970; eleven digits reach beyond the year 5000. */
const UNIX_SECONDS = /^\d{1,11}$/;

/**
 * A moment: `2025-06-20`, `2025-06-20T00:00:00Z`, `2025-06-20T02:00+02:00` or Unix seconds. A date alone is its midnight in UTC.
 *
 * @throws ZetaError `usage`.
 */
export function parseTime(text: string): Date {
  if (UNIX_SECONDS.test(text)) return new Date(Number(text) * 1000);
  const [, day] = ISO.exec(text) ?? [];
  const time = new Date(text);
  // Date takes February 30 for March 2.
  const isReal =
    day !== undefined &&
    !Number.isNaN(time.getTime()) &&
    new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (isReal) return time;
  throw usageError(
    `expected a time such as 2025-06-20T00:00:00Z, or Unix seconds, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
