// SPDX-License-Identifier: Apache-2.0

/** When a job is given out, taken back, tried again and given up. Times in milliseconds. */
export interface JobRules {
  readonly firstProcessedBatch: number;
  readonly leaseMs: number;
  readonly ignoredAfterMs: number;
  readonly attemptsMax: number;
  readonly expiriesMax: number;
  readonly retryInitialMs: number;
  readonly retryMaxMs: number;
}

/** Wait after the `attempts`-th failure: doubling, capped. No jitter: jobs come back one at a time through claims anyway. */
export function retryDelayMs(rules: JobRules, attempts: number): number {
  return Math.min(rules.retryMaxMs, rules.retryInitialMs * 2 ** Math.max(0, attempts - 1));
}
