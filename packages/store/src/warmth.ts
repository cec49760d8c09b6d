// SPDX-License-Identifier: Apache-2.0
import { type PlacementPolicy, warmFor } from "./placement-policy.ts";

/** Epochs in which a record must be used to stay warm while few are. */
const EPOCHS_MAX = 4;

/**
 * Renewals that one close should cost at most: store and monitor need about a microsecond for each, so some tenths of a second of a
 * core.
 */
const RENEWALS_MAX = 2 ** 17;

/**
 * The policy of the product. How long a close takes, and with it how late answers are certified, follows the number of elements that it
 * renews; so records cool down sooner when many are warm.
 */
export class Warmth {
  #epochs = EPOCHS_MAX;

  get policy(): PlacementPolicy {
    return warmFor(this.#epochs);
  }

  /** @returns Whether the policy changed, after a close that renewed so many elements. */
  learn(renewed: number): boolean {
    const before = this.#epochs;
    if (renewed > RENEWALS_MAX) this.#epochs = Math.max(1, before - 1);
    else if (renewed < RENEWALS_MAX / 2) this.#epochs = Math.min(EPOCHS_MAX, before + 1);
    return this.#epochs !== before;
  }
}
