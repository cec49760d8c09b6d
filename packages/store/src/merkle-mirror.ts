// SPDX-License-Identifier: Apache-2.0
import {
  ancestorAt,
  type BaseKey,
  commonDepth,
  DATA_KEY_DEPTH,
  direction,
  ROOT,
} from "@zeta/protocol/base-key";
import { assert } from "@zeta/protocol/error";
import { type Element, TreeNode } from "./element.ts";

/**
 * The shape of the sparse Merkle tree, as the monitor's descriptors spell it: who is below whom.
 */
export class MerkleMirror {
  readonly root = new TreeNode(ROOT);

  /** The deepest node on the path to `key`; walked by references, so it costs no look-ups. */
  nearestNode(key: BaseKey): TreeNode {
    let node = this.root;
    for (;;) {
      const child = node.child(direction(key, node.depth));
      if (!(child instanceof TreeNode) || child.depth >= key.depth) return node;
      if (commonDepth(key, child) < child.depth) return node;
      node = child;
    }
  }

  /** Hangs a new element below a node that has nothing on that side (AddM, case A). */
  attach(element: Element, parent: TreeNode): void {
    const side = direction(element, parent.depth);
    assert(parent.child(side) === null, "an empty side for a new element");
    parent.setChild(side, element);
  }

  /**
   * A new node for the edge from `parent` to `below`, where the path to `key` leaves that edge
   * (PROTOCOL §10, H2).
   */
  forkFor(key: BaseKey, below: Element): TreeNode {
    const depth = commonDepth(key, below);
    assert(depth < below.depth && depth < DATA_KEY_DEPTH, "a key that is not in the tree yet");
    return new TreeNode(ancestorAt(key, depth));
  }

  /**
   * Puts `inner` onto the edge from `parent` to `below` (AddM, case C). Hash and flag of `below`
   * travel with it (M.carryB).
   */
  splice(parent: TreeNode, inner: TreeNode, below: Element): void {
    assert(below.parent === parent, "an edge of the tree");
    parent.setChild(direction(inner, parent.depth), inner);
    inner.setChild(direction(below, inner.depth), below);
  }
}
