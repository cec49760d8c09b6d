// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";

/** A close that takes less than this share of what it may leaves room for more warm records. */
const SHORT = 0.6;
/** One step down halves the epochs at most: closes get shorter only when counts have sunk. */
const STEP_LEAST = 0.5;

/**
 * How often a record must be used to stay warm, learnt from the time that closes take: an epoch that is to be certified within its length can
 * renew no more than a close has time for. Whoever closes epochs measures; this class, like the store, reads no clock.
 *
 * @example
 * const pace = new ClosePace(24, 500);
 * pace.learn(800); // 15: what is used less than once in 15 epochs cools down
 */
export class ClosePace {
  readonly #epochsMost: number;
  readonly #closeMsMost: number;
  #epochs: number;
  /** Closes until the last step shows. */
  #rest = 0;

  /**
   * @param epochsMost epochs between two uses from which on the tree is cheaper, however short the closes; 0: nothing is warm
   * @param closeMsMost milliseconds that a close may take
   */
  constructor(epochsMost: number, closeMsMost: number) {
    assert(closeMsMost > 0, `a positive time for closes, got ${closeMsMost}`);
    this.#epochsMost = epochsMost;
    this.#closeMsMost = closeMsMost;
    this.#epochs = epochsMost;
  }

  /** Of the policy that holds now ({@link WarmthPolicy}). */
  get recordEpochs(): number {
    return this.#epochs;
  }

  /** @returns Whether {@link ClosePace.recordEpochs} changed, after a close that took so many milliseconds. */
  learn(closeMs: number): boolean {
    if (this.#rest > 0) {
      this.#rest--;
      return false;
    }
    const before = this.#epochs;
    this.#epochs = this.#next(this.#closeMsMost / closeMs);
    if (this.#epochs === before) return false;
    this.#rest = this.#epochs;
    return true;
  }

  #next(share: number): number {
    if (this.#epochs === 0) return 0;
    if (share < 1) return Math.max(1, Math.floor(this.#epochs * Math.max(STEP_LEAST, share)));
    const longer = this.#epochs + Math.ceil(this.#epochs / 8);
    return share * SHORT > 1 ? Math.min(this.#epochsMost, longer) : this.#epochs;
  }
}
