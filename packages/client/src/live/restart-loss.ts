// SPDX-License-Identifier: Apache-2.0
/** What restarts do to answers that were not certified to this client. */

/** One instance went on from another while this client lived. */
export interface Restart {
  /** The last epoch before the new one's first: receipts up to there are those of instances that have ended, and kept for a while. */
  readonly lastBefore: number;
  /** The last epoch that this client saw certified before; null for none. */
  readonly certifiedTo: number | null;
}

/** Why an answer has no receipt, without a lie. */
export interface Loss {
  readonly check: "provisional" | "receipt_gone";
  readonly detail: string;
}

/**
 * Null when no restart explains why an answer of this epoch has no receipt.
 *
 * @param restarts those since the question was asked, in order.
 */
export function lossBy(restarts: readonly Restart[], epoch: number): Loss | null {
  for (const { lastBefore, certifiedTo } of restarts) {
    if (epoch <= lastBefore) {
      const detail =
        `the service restarted before this client had the receipt of epoch ${epoch}, and shows it no more ` +
        `(its first epoch is ${lastBefore + 1}): the call may have run, and nothing proves it`;
      return { check: "receipt_gone", detail };
    }
    if (certifiedTo === null || epoch > certifiedTo) {
      const seen = certifiedTo === null ? "nothing" : `epoch ${certifiedTo} last`;
      const detail =
        "the service restarted and has lost this answer, which was provisional; nobody was promised it " +
        `(told in epoch ${epoch}; this client saw ${seen} certified before)`;
      return { check: "provisional", detail };
    }
  }
  return null;
}
