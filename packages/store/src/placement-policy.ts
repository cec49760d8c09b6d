// SPDX-License-Identifier: Apache-2.0

/**
 * Where elements go at the end of an epoch. Any answer is correct, since all are verified; they differ in cost: warm costs two set-hash
 * elements per epoch, cold a value hash for the record and for each node above it that must move.
 */
export interface PlacementPolicy {
  /** `hybrid` is the store; the others are its baselines: everything back into the tree after each call, or never. */
  readonly placement: "hybrid" | "merkle" | "deferred";
  /** A record is warm that is used more than once in so many epochs; 0: none is. */
  readonly recordEpochs: number;
  /** Epochs without use after which a node of the tree is cold. */
  readonly nodeEpochs: number;
  /**
   * Most elements that the close of one epoch demotes, up to {@link DEMOTIONS_MAX}; the others stay warm for another epoch. Bounds the
   * time to certification.
   */
  readonly demotionsPerEpochMax: number;
}

/** Most demotions that a policy may allow to one close: more than there can be records and nodes. */
export const DEMOTIONS_MAX = 2 ** 27;

/** A demotion costs store and monitor some 5 microseconds together, nearly all of them hashing. */
const DEMOTIONS_PER_EPOCH_DEFAULT = 2 ** 14;

/** Nodes are used for the sake of records in the tree, hence seldom twice. */
const NODE_EPOCHS = 1;

/** Warm while it is used more than once in `epochs` epochs. */
export function warmFor(
  epochs: number,
  demotionsPerEpochMax: number = DEMOTIONS_PER_EPOCH_DEFAULT,
): PlacementPolicy {
  const nodeEpochs = Math.min(epochs, NODE_EPOCHS);
  return { placement: "hybrid", recordEpochs: epochs, nodeEpochs, demotionsPerEpochMax };
}

/** Baseline: every call puts its records, and the path above them, back into the tree. */
export const MERKLE_ONLY: PlacementPolicy = Object.freeze({
  placement: "merkle",
  recordEpochs: 0,
  nodeEpochs: 0,
  demotionsPerEpochMax: DEMOTIONS_MAX,
});

/** Baseline: what once was used never goes back to the tree. */
export const DEFERRED_ONLY: PlacementPolicy = Object.freeze({
  placement: "deferred",
  recordEpochs: 0,
  nodeEpochs: 0,
  demotionsPerEpochMax: 0,
});
