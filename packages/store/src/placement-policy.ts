// SPDX-License-Identifier: Apache-2.0
import type { Element } from "./element.ts";

/**
 * Where an element goes when it leaves its slot, and at the end of an epoch. Any answer is correct,
 * since all are verified; they differ in cost: warm costs two set-hash elements per epoch, cold a
 * value hash for the record and for each node above it that must move.
 */
export interface PlacementPolicy {
  /**
   * Keep it in deferred memory (warm) rather than in the tree (cold)? `epoch` is the one that calls
   * run in.
   */
  keepsWarm(element: Element, epoch: number): boolean;
  /**
   * Most elements that the close of one epoch demotes; the others stay warm for another epoch.
   * Bounds the time to certification.
   */
  readonly demotionsPerEpochMax: number;
}

/**
 * Renewing a warm record this often costs about as much as hashing it into the tree and out again
 * once.
 */
const WARM_EPOCHS_DEFAULT = 4;

/**
 * A demotion costs the store some 5 microseconds, nearly all of them hashing: less than a tenth of
 * a second altogether.
 */
const DEMOTIONS_PER_EPOCH_DEFAULT = 1 << 14;

/** The policy of the product: warm while it was used in the last `epochs` epochs. */
export function warmFor(
  epochs: number = WARM_EPOCHS_DEFAULT,
  demotionsPerEpochMax: number = DEMOTIONS_PER_EPOCH_DEFAULT,
): PlacementPolicy {
  return {
    keepsWarm: (element, epoch) => epoch - element.lastAccess <= epochs,
    demotionsPerEpochMax,
  };
}

/** Baseline: every record that leaves a slot goes back to the tree. */
export const MERKLE_ONLY: PlacementPolicy = Object.freeze({
  keepsWarm: () => false,
  demotionsPerEpochMax: Number.POSITIVE_INFINITY,
});

/** Baseline: what once was used never goes back to the tree. */
export const DEFERRED_ONLY: PlacementPolicy = Object.freeze({
  keepsWarm: () => true,
  demotionsPerEpochMax: 0,
});
