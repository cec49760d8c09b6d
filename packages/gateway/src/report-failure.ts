// SPDX-License-Identifier: Apache-2.0

import type { Failure } from "./api/prover-api.ts";
import { CallError, isProblem } from "./call-error.ts";
import type { ProverParts } from "./parts.ts";
import { releaseQuietly } from "./release.ts";
import { retrying } from "./retry.ts";

/**
 * Tells the server that a batch could not be verified, which gives the lease back. That the lease is over already is fine; if the
 * server cannot be told before the abort, the lease is at least released.
 */
export async function reportFailure(
  parts: ProverParts,
  batch: number | null,
  lease: string | null,
  signal: AbortSignal,
  failure: Pick<Failure, "kind" | "check" | "error">,
): Promise<void> {
  parts.metrics.failures.inc({ kind: failure.kind });
  parts.log.error({ batch, ...failure }, "batch failed");
  // Old servers cannot be told.
  if (lease === null || batch === null) return;
  try {
    await retrying(parts.retry, "fail", signal, (inner) =>
      parts.api.fail({ batch, lease, ...failure }, inner),
    );
  } catch (error) {
    if (isProblem(error, "stale_lease")) return;
    if (signal.aborted) {
      await releaseQuietly(parts, lease);
      return;
    }
    if (!(error instanceof CallError)) throw error;
    parts.log.error({ batch, error: error.message }, "cannot report the failure");
  }
}
