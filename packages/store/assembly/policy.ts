// SPDX-License-Identifier: Apache-2.0
/**
 * Where elements go. Every answer is correct, they differ in cost: a warm element costs two set-hash elements per epoch, a cold one a value
 * hash for itself and for each node above it that must move.
 */

/** Warm while it is used more than once in so many epochs, else cold. */
export const HYBRID: u32 = 0;
/** Baseline: into the tree after each operation, the path to the root with it. */
export const MERKLE: u32 = 1;
/** Baseline: the same, but paths are left in slots as far as the next operation of the batch needs them. */
export const MERKLE_SORTED: u32 = 2;
/** Baseline: records that were used once never go back to the tree; its nodes, which only new records need, do. */
export const DEFERRED: u32 = 3;
/** Baseline: no monitor. Nothing is logged, there is no tree. */
export const UNVERIFIED: u32 = 4;

export let placement: u32 = 0;
/** A record is warm that is used more than once in so many epochs (uses.ts); 0: none is. */
export let recordEpochs: u32 = 0;
/** Epochs without use after which a node is cold. */
export let nodeEpochs: u32 = 0;
/** Elements that one epoch's close demotes at most: bounds the time to certification. The others stay warm for another epoch. */
export let demotionsMax: u32 = 0;

/** Elements that a round of the close puts in order. */
export let roundMax: u32 = 0;

export function setPlacement(which: u32): void {
  placement = which;
}

export function setWarmth(record: u32, node: u32, demotions: u32, round: u32): void {
  recordEpochs = record;
  nodeEpochs = node;
  demotionsMax = demotions;
  roundMax = round;
}

/** Does everything leave for the tree, whatever the placement (seal.ts)? */
export let isSealing: bool = false;

export function setSealing(on: bool): void {
  isSealing = on;
}

/** Is everything put back into the tree at once? */
// @ts-ignore: decorator
@inline
export function isMerkleOnly(): bool {
  return placement == MERKLE || placement == MERKLE_SORTED;
}
