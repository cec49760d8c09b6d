// SPDX-License-Identifier: Apache-2.0
import type { TeeType } from "@zeta/tee-api/tee-type";

/** Claims between two looks for the frontier: each look is one more query. */
const CLAIMS_PER_LOOK = 32;

/**
 * Below this number every batch has a job row of the TEE type already, so a search for new work may start there instead of walking
 * over all that is done. It only ever rises: rows are never deleted and batches come in rising order.
 */
export class Frontier {
  readonly #bounds = new Map<TeeType, { bound: number; claims: number }>();
  readonly #first: number;

  constructor(firstProcessedBatch: number) {
    this.#first = firstProcessedBatch;
  }

  bound(teeType: TeeType): number {
    return this.#bounds.get(teeType)?.bound ?? this.#first;
  }

  /** Counts a claim; true when it is time to look for the frontier again. */
  isLookDue(teeType: TeeType): boolean {
    const entry = this.#entry(teeType);
    entry.claims = (entry.claims + 1) % CLAIMS_PER_LOOK;
    return entry.claims === 0;
  }

  raise(teeType: TeeType, bound: number): void {
    const entry = this.#entry(teeType);
    entry.bound = Math.max(entry.bound, bound);
  }

  #entry(teeType: TeeType): { bound: number; claims: number } {
    let entry = this.#bounds.get(teeType);
    if (entry === undefined) {
      entry = { bound: this.#first, claims: 0 };
      this.#bounds.set(teeType, entry);
    }
    return entry;
  }
}
