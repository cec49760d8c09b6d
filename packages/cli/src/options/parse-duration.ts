// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";

const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * `250ms`, `1s`, `1.5s`, `2m`, `1h` in milliseconds.
 *
 * @throws ZetaError `usage`, also outside `[min, max]` milliseconds.
 */
export function parseDuration(text: string, min: number, max: number): number {
  const match = DURATION.exec(text);
  const unit = match?.[2] as keyof typeof MILLISECONDS | undefined;
  if (match === null || unit === undefined) {
    throw usageError(`expected a time such as 250ms, 1s or 2m, got ${JSON.stringify(text)}`);
  }
  const milliseconds = Math.round(Number(match[1]) * MILLISECONDS[unit]);
  if (milliseconds < min || milliseconds > max) {
    throw usageError(`expected a time from ${min}ms to ${max}ms, got ${text}`);
  }
  return milliseconds;
}
