// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";

/**
 * A decimal whole number in `[min, max]`; underscores may group its digits.
 *
 * @throws ZetaError `usage`.
 */
export function parseCount(text: string, min: number, max: number): number {
  const digits = /^\d(?:_?\d)*$/.test(text) ? text.replaceAll("_", "") : "";
  const count = Number(digits);
  if (digits === "" || !Number.isSafeInteger(count) || count < min || count > max) {
    throw usageError(`expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
  }
  return count;
}
