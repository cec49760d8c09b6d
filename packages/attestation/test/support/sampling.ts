// SPDX-License-Identifier: Apache-2.0
/**
 * How much a test by machine tries. The suite takes a sample so that it stays quick;
 * `ZETA_ASSURE=1` takes everything. `ZETA_SEED` chooses another sample; the seed stands in the
 * test's name.
 */

import { seededRandom } from "./random.ts";

export const ASSURE = process.env.ZETA_ASSURE === "1";
export const SEED = Number(process.env.ZETA_SEED ?? 1);

/** Time enough for a test that tries everything. */
export const TIMEOUT_MILLISECONDS = ASSURE ? 3_600_000 : 60_000;

/**
 * `count` different numbers below `limit`, spread over the whole range; all of them when assuring.
 */
export function sampled(limit: number, count: number, salt = 0): number[] {
  if (ASSURE || limit <= count) return Array.from({ length: limit }, (_, index) => index);
  const random = seededRandom(SEED * 65_537 + salt);
  // One in each of `count` equal stretches: every part of a structure gets its share.
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * limit) / count);
    const end = Math.floor(((index + 1) * limit) / count);
    return start + random.below(end - start);
  });
}
