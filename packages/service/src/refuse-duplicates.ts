// SPDX-License-Identifier: Apache-2.0
import type { EngineCall } from "./engine-call.ts";
import { refuse } from "./problem.ts";

/**
 * An id that is used twice would make one receipt stand for two answers, so it is refused before anything runs.
 *
 * @throws ZetaError `duplicate_request_id` for an id that is known already, or twice among the calls.
 */
export function refuseDuplicates(
  calls: readonly EngineCall[],
  isKnown: (requestId: string) => boolean,
): void {
  const own = new Set<string>();
  for (const { requestId } of calls) {
    if (requestId === null) continue;
    if (own.has(requestId) || isKnown(requestId)) {
      refuse("duplicate_request_id", `expected a fresh request id, got ${requestId}`);
    }
    own.add(requestId);
  }
}
