// SPDX-License-Identifier: Apache-2.0
import type { MonitorClock } from "./clock.ts";
import { type Element, TreeNode } from "./element.ts";
import type { Placement } from "./placement.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import { inSweepOrder, SWEEP_MAX } from "./sweep-order.ts";

/**
 * The migration that closes an epoch (PROTOCOL §10, H8): every element handed over in it comes in
 * once more and leaves either into the present epoch or into the tree. It goes in steps, between
 * which calls run; what a call touches has moved by itself. Elements in slots need nothing (H11).
 */
export class EpochClose {
  readonly epoch: number;
  readonly #clock: MonitorClock;
  readonly #placement: Placement;
  readonly #policy: PlacementPolicy;
  readonly #demotionsMax: number;
  readonly #handedOver: readonly Element[];
  #examined = 0;
  readonly #cold: Element[] = [];
  /** The cold ones in the order of demotion, once all are found. */
  #sweep: readonly Element[] | null = null;
  #swept = 0;

  /**
   * @param placement The clock has just left `epoch`; what was handed over until then is taken from
   * it.
   */
  constructor(epoch: number, clock: MonitorClock, placement: Placement, policy: PlacementPolicy) {
    this.epoch = epoch;
    this.#clock = clock;
    this.#placement = placement;
    this.#policy = policy;
    this.#demotionsMax = Math.min(policy.demotionsPerEpochMax, SWEEP_MAX);
    this.#handedOver = placement.takeHandedOver();
  }

  /** Looks at no more than `budget` elements. True when nothing is left of the epoch. */
  step(budget: number): boolean {
    let rest = budget;
    for (; rest > 0 && this.#examined < this.#handedOver.length; rest--) this.#examineNext();
    if (this.#examined < this.#handedOver.length) return false;
    this.#sweep ??= inSweepOrder(this.#cold);
    for (; rest > 0 && this.#swept < this.#sweep.length; rest--) {
      this.#demoteNext(this.#sweep[this.#swept++]);
    }
    return this.#swept === this.#sweep.length;
  }

  #examineNext(): void {
    const element = this.#handedOver[this.#examined++];
    if (element === undefined || !this.#isLeft(element)) return;
    const warm =
      this.#policy.keepsWarm(element, this.#clock.epoch) || this.#cold.length >= this.#demotionsMax;
    if (warm) this.#placement.renew(element);
    else this.#cold.push(element);
  }

  #demoteNext(element: Element | undefined): void {
    if (element === undefined) return;
    if (this.#isLeft(element) || isIdle(element)) this.#placement.demote(element);
  }

  /** Is it still deferred with a timestamp of the epoch being closed? */
  #isLeft(element: Element): boolean {
    return element.place === "deferred" && element.epoch <= this.epoch;
  }
}

/** A node that only the sweep brought in, for the sake of its children, which have all left. */
function isIdle(element: Element): boolean {
  return (
    element.place === "slot" &&
    element.swept &&
    element instanceof TreeNode &&
    element.linkedChildren === 0
  );
}
