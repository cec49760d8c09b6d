// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { hashReceiptNode } from "./blake3-node.ts";

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

/** Nodes hashed before the event loop gets its turn: about 3 ms. */
const NODES_PER_SLICE = 4096;

/**
 * Builds the tree over at least one leaf, in slices: an epoch of a busy service has hundreds of thousands of leaves, and answering one
 * client's question must not hold up all others. `pause` resolves in the next turn.
 */
export async function buildReceiptPaths(
  leaves: Uint8Array,
  pause: () => Promise<void>,
): Promise<ReceiptPaths> {
  assert(leaves.length > 0 && leaves.length % DIGEST_BYTES === 0, "whole leaves, at least one");
  const levels = [leaves];
  let hashed = 0;
  for (let level = leaves; level.length > DIGEST_BYTES; ) {
    const pairs = Math.floor(level.length / (2 * DIGEST_BYTES));
    const isOdd = level.length % (2 * DIGEST_BYTES) !== 0;
    const above = new Uint8Array((pairs + (isOdd ? 1 : 0)) * DIGEST_BYTES);
    const source = new DataView(level.buffer, level.byteOffset, level.byteLength);
    const target = new DataView(above.buffer);
    for (let i = 0; i < pairs; i++) {
      hashReceiptNode(source, i * 2 * DIGEST_BYTES, target, i * DIGEST_BYTES);
      if (++hashed % NODES_PER_SLICE === 0) await pause();
    }
    if (isOdd) above.set(level.subarray(-DIGEST_BYTES), pairs * DIGEST_BYTES);
    levels.push(above);
    level = above;
  }
  return new ReceiptPaths(levels);
}
