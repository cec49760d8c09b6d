// SPDX-License-Identifier: Apache-2.0
import { isProblem } from "./call-error.ts";
import type { ProverParts } from "./parts.ts";
import { causeOf } from "./retry.ts";

/** A lease that is being renewed until let go. */
export interface HeldLease {
  /** Aborted when the server says that the lease is over: the work is somebody else's now. */
  readonly lost: AbortSignal;
  /** Stops renewing. Does not release. */
  letGo(): void;
}

/** Renewals in one term: two may fail before the lease is in danger. */
const RENEWALS_PER_TERM = 3;

/** Longest pause between renewals, also when a term is practically endless. */
const PAUSE_MS_MAX = 600_000;

/** Keeps a lease alive in the background. */
export function keepLease(parts: ProverParts, lease: { id: string; ms: number }): HeldLease {
  const lost = new AbortController();
  const stop = new AbortController();
  parts.metrics.leasesHeld.inc();
  void renewUntil(parts, lease, stop.signal, lost);
  return {
    lost: lost.signal,
    letGo() {
      if (stop.signal.aborted) return;
      stop.abort();
      parts.metrics.leasesHeld.dec();
    },
  };
}

/** A renewal that fails for another reason is simply tried at the next turn: the pauses are the back-off. */
async function renewUntil(
  parts: ProverParts,
  lease: { id: string; ms: number },
  stop: AbortSignal,
  lost: AbortController,
): Promise<void> {
  let termMs = lease.ms;
  while (!stop.aborted) {
    await parts.clock.sleep(Math.min(termMs / RENEWALS_PER_TERM, PAUSE_MS_MAX), stop);
    if (stop.aborted) return;
    try {
      termMs = await parts.api.renew(lease.id, stop);
    } catch (error) {
      if (stop.aborted) return;
      if (isProblem(error, "stale_lease")) {
        parts.metrics.leasesLost.inc();
        lost.abort();
        return;
      }
      parts.log.warn({ lease: lease.id, cause: causeOf(error) }, "cannot renew the lease");
    }
  }
}
