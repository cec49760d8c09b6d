// SPDX-License-Identifier: Apache-2.0

export interface BackoffRules {
  readonly initialMs: number;
  readonly multiplier: number;
  readonly maxMs: number;
}

/**
 * Wait after the `failures`-th failure in a row (from 1): growing, capped, and spread over the upper half by `random` in [0, 1), so
 * that gateways which lost the same server do not come back together.
 */
export function backoffDelayMs(
  rules: BackoffRules,
  failures: number,
  random: () => number,
): number {
  const full = Math.min(rules.maxMs, rules.initialMs * rules.multiplier ** (failures - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
