// SPDX-License-Identifier: Apache-2.0
import { concatBytes, equalBytes } from "./bytes.ts";
import { blake3Derive } from "./digest.ts";
import { assert } from "./error.ts";
import { DIGEST_BYTES } from "./limits.ts";

/**
 * The tree over the receipt leaves of one thread and epoch, in the shape of RFC 6962 §2.1: the left subtree is the largest full one.
 * Leaves and nodes are hashed in different BLAKE3 contexts, so a node can never pass for a leaf.
 */
const NODE_CONTEXT = "zeta.receipt.node.v1";

/** The root of no leaves. */
export const EMPTY_RECEIPTS_ROOT: Uint8Array = new Uint8Array(DIGEST_BYTES);

export function receiptNode(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return blake3Derive(NODE_CONTEXT, concatBytes(left, right));
}

/** All levels of the tree: level 0 are the leaves; a node without sibling moves up unchanged. */
export function receiptLevels(leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const levels: Uint8Array[][] = [[...leaves]];
  for (let level = levels[0]; level !== undefined && level.length > 1; level = levels.at(-1)) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      assert(left !== undefined, "a left node");
      above.push(right === undefined ? left : receiptNode(left, right));
    }
    levels.push(above);
  }
  return levels;
}

export function receiptsRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return receiptLevels(leaves).at(-1)?.[0] ?? EMPTY_RECEIPTS_ROOT;
}

/** Siblings from leaf `index` up to the root. */
export function receiptPath(
  levels: readonly (readonly Uint8Array[])[],
  index: number,
): readonly Uint8Array[] {
  const path: Uint8Array[] = [];
  let position = index;
  for (const level of levels.slice(0, -1)) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined) path.push(sibling);
    position >>= 1;
  }
  return path;
}

/**
 * The root that `leaf` at `index` of `count` leaves leads to, or null when the path has not exactly the length that this
 * position asks for. All four come from the host.
 */
export function rootFromPath(
  leaf: Uint8Array,
  index: bigint,
  count: bigint,
  path: readonly Uint8Array[],
): Uint8Array | null {
  if (index < 0n || index >= count) return null;
  let node = leaf;
  let used = 0;
  for (let position = index, last = count - 1n; last > 0n; position >>= 1n, last >>= 1n) {
    const isRight = (position & 1n) === 1n;
    if (!isRight && position === last) continue;
    const sibling = path[used++];
    if (sibling?.length !== DIGEST_BYTES) return null;
    node = isRight ? receiptNode(sibling, node) : receiptNode(node, sibling);
  }
  return used === path.length ? node : null;
}

/** Does the path prove that `leaf` is number `index` of the `count` leaves under `root`? */
export function verifyReceiptPath(
  leaf: Uint8Array,
  index: bigint,
  count: bigint,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const computed = rootFromPath(leaf, index, count, path);
  return computed !== null && equalBytes(computed, root);
}
