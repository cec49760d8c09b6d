// SPDX-License-Identifier: Apache-2.0
import { BATCH_NUMBER_MAX } from "@zeta/tee-api/limits";
import { usageError } from "../exit.ts";

export interface BatchRange {
  readonly from: number;
  readonly to: number;
}

/**
 * `7` or `3-12`.
 *
 * @throws ZetaError `usage`.
 */
export function parseBatchRange(text: string): BatchRange {
  const [, first, last] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
  const from = Number(first);
  const to = Number(last ?? first);
  if (first === undefined || from > to || to > BATCH_NUMBER_MAX) {
    throw usageError(
      `expected a batch such as 7 or a range such as 3-12, got ${JSON.stringify(text)}`,
    );
  }
  return { from, to };
}
