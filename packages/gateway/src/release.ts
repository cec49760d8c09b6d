// SPDX-License-Identifier: Apache-2.0

import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";

/** Time for a release that nobody waits for any longer. */
const RELEASE_MS_MAX = 2_000;

/** Gives a lease back; if that fails it runs out by itself. */
export async function releaseQuietly(parts: ProverParts, lease: string): Promise<void> {
  try {
    await parts.api.release(lease, AbortSignal.timeout(RELEASE_MS_MAX));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parts.log.warn({ lease, error: message }, "cannot release the lease: it will run out");
  }
}

/** Stops renewing and gives back. */
export async function releaseAll(
  parts: ProverParts,
  batches: readonly Pick<ReadyBatch, "lease" | "held">[],
): Promise<void> {
  await Promise.all(
    batches.map(async ({ lease, held }) => {
      held?.letGo();
      if (lease !== null) await releaseQuietly(parts, lease);
    }),
  );
}
