// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { receiptNodes } from "./receipt-nodes.ts";

/** All levels of one finished receipt tree; level 0 are the leaves, 32 bytes each, one after the other. */
export class ReceiptPaths {
  readonly #levels: readonly Uint8Array[];

  constructor(levels: readonly Uint8Array[]) {
    this.#levels = levels;
  }

  get root(): Uint8Array {
    const top = this.#levels.at(-1);
    assert(top?.length === DIGEST_BYTES, "a tree with one root");
    return top;
  }

  /** Siblings from leaf `index` up, as `receiptPath` of `@zeta/protocol/receipt-tree` gives them. */
  path(index: number): readonly Uint8Array[] {
    const path: Uint8Array[] = [];
    let position = index;
    for (const level of this.#levels.slice(0, -1)) {
      const at = (position ^ 1) * DIGEST_BYTES;
      if (at < level.length) path.push(level.slice(at, at + DIGEST_BYTES));
      position = Math.floor(position / 2);
    }
    return path;
  }
}

const PAIR_BYTES = 2 * DIGEST_BYTES;

/**
 * Builds the tree over at least one leaf, in slices: an epoch of a busy service has hundreds of thousands of leaves, and answering one
 * client's question must not hold up all others. `pause` resolves in the next turn.
 */
export async function buildReceiptPaths(
  leaves: Uint8Array,
  pause: () => Promise<void>,
): Promise<ReceiptPaths> {
  assert(leaves.length > 0 && leaves.length % DIGEST_BYTES === 0, "whole leaves, at least one");
  const nodes = receiptNodes();
  const levels = [leaves];
  let left = nodes.pairsMax;
  for (let level = leaves; level.length > DIGEST_BYTES; ) {
    const pairs = Math.floor(level.length / PAIR_BYTES);
    const odd = level.subarray(pairs * PAIR_BYTES);
    const above = new Uint8Array(pairs * DIGEST_BYTES + odd.length);
    for (let from = 0; from < pairs; ) {
      if (left === 0) {
        await pause();
        left = nodes.pairsMax;
      }
      const end = Math.min(pairs, from + left);
      nodes.hash(
        level.subarray(from * PAIR_BYTES, end * PAIR_BYTES),
        above.subarray(from * DIGEST_BYTES),
      );
      left -= end - from;
      from = end;
    }
    above.set(odd, pairs * DIGEST_BYTES);
    levels.push(above);
    level = above;
  }
  return new ReceiptPaths(levels);
}
