// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";

/** A close that takes less than this share of what it may leaves room for more warm records. */
const SHORT = 0.8;
/** So many closes in a row must be too long before records cool down: one alone may be due to whatever else the machine did. */
const LONG_CLOSES = 3;
/** One step down halves the epochs at most: closes get shorter only when counts have sunk. */
const STEP_LEAST = 0.5;

/**
 * How often a record must be used to stay warm, learnt from the time that closes take: an epoch that is to be certified within its length can
 * renew no more than a close has time for. Whoever closes epochs measures; this class, like the store, reads no clock.
 *
 * @example
 * const pace = new ClosePace(24, 500);
 * for (let close = 0; close < 3; close++) pace.learn(800);
 * pace.recordEpochs; // 15: what is used less than once in 15 epochs cools down
 */
export class ClosePace {
  readonly #epochsMost: number;
  readonly #closeMsMost: number;
  #epochs: number;
  /** Closes until the last step shows. */
  #rest = 0;
  /** Of closes in a row that were too long: how many, and the time of the shortest. */
  #longCloses = 0;
  #leastMs = Number.POSITIVE_INFINITY;

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
    if (closeMs > this.#closeMsMost) this.#learnLong(closeMs);
    else this.#learnShort(closeMs);
    if (this.#epochs === before) return false;
    this.#rest = this.#epochs;
    return true;
  }

  #learnLong(closeMs: number): void {
    this.#longCloses++;
    this.#leastMs = Math.min(this.#leastMs, closeMs);
    if (this.#longCloses < LONG_CLOSES || this.#epochs === 0) return;
    const share = Math.max(STEP_LEAST, this.#closeMsMost / this.#leastMs);
    this.#epochs = Math.max(1, Math.floor(this.#epochs * share));
    this.#forget();
  }

  #learnShort(closeMs: number): void {
    this.#forget();
    if (closeMs > SHORT * this.#closeMsMost) return;
    this.#epochs = Math.min(this.#epochsMost, this.#epochs + Math.ceil(this.#epochs / 8));
  }

  #forget(): void {
    this.#longCloses = 0;
    this.#leastMs = Number.POSITIVE_INFINITY;
  }
}
