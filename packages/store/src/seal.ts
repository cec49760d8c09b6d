// SPDX-License-Identifier: Apache-2.0
import { type Element, TreeNode } from "./element.ts";
import type { Placement } from "./placement.ts";
import { inSweepOrder, SWEEP_MAX } from "./sweep-order.ts";

/**
 * Brings everything back to the tree, hot slots included, so that the root alone is left in its slot: then its value names the state of
 * the whole service. No calls run meanwhile. Goes in rounds: the nodes that a round fetched, for what lies below them, are what the next
 * round puts back, each closer to the root than what it was fetched for.
 */
export class Seal {
  readonly #placement: Placement;
  #round: readonly Element[] = [];
  #done = 0;

  constructor(placement: Placement) {
    this.#placement = placement;
    placement.keepsNothing = true;
  }

  /** Looks at no more than `budget` elements. True when only the root is outside the tree. */
  step(budget: number): boolean {
    for (let rest = budget; rest > 0; rest--) {
      if (this.#done === this.#round.length && !this.#nextRound()) {
        this.#placement.keepsNothing = false;
        return true;
      }
      const element = this.#round[this.#done++];
      if (element !== undefined && mayLeave(element)) this.#placement.demote(element);
    }
    return false;
  }

  #nextRound(): boolean {
    const outside = this.#placement.takeOutside();
    this.#round = inSweepOrder(outside.slice(0, SWEEP_MAX));
    this.#placement.giveBack(outside.slice(SWEEP_MAX));
    this.#done = 0;
    return this.#round.length > 0;
  }
}

/** It may have gone as a victim, or still hold children: then a later round finds it. */
function mayLeave(element: Element): boolean {
  if (element.place === "merkle") return false;
  return !(element instanceof TreeNode) || element.linkedChildren === 0;
}
