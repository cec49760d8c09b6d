// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { type Element, NO_SLOT } from "./element.ts";
import { EvictionQueue } from "./eviction-queue.ts";

/**
 * The monitor thread's slots as the store uses them: which are free, how much value memory is
 * taken, and who leaves first. Only elements that may leave stand in a queue; a node with linked
 * children does not. Eviction is second chance: first in, first out, but for those that were used
 * meanwhile. Records and nodes queue separately, so that value memory can be freed without touching
 * the tree.
 */
export class SlotTable {
  readonly slots: number;
  readonly #cellsMax: number;
  readonly #free: Uint16Array;
  #freeCount: number;
  #cellsUsed = 0;
  #arrivals = 0;
  readonly #records = new EvictionQueue();
  readonly #nodes = new EvictionQueue();

  constructor(slots: number, cellsMax: number) {
    this.slots = slots;
    this.#cellsMax = cellsMax;
    // A stack with slot 0 on top: the first taker is the root.
    this.#free = Uint16Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.#freeCount = slots;
  }

  get slotsUsed(): number {
    return this.slots - this.#freeCount;
  }

  get cellsUsed(): number {
    return this.#cellsUsed;
  }

  hasFreeSlot(): boolean {
    return this.#freeCount > 0;
  }

  hasCells(count: number): boolean {
    return this.#cellsUsed + count <= this.#cellsMax;
  }

  /** Accounts for a value that grows or shrinks by `count` cells. */
  addCells(count: number): void {
    this.#cellsUsed += count;
    assert(
      this.#cellsUsed >= 0 && this.#cellsUsed <= this.#cellsMax,
      `0..${this.#cellsMax} cells in use, got ${this.#cellsUsed}`,
    );
  }

  /** Gives the element a free slot and takes the cells of its value. */
  occupy(element: Element): void {
    assert(element.slot === NO_SLOT && this.#freeCount > 0, "a free slot for an element without");
    element.slot = this.#free[--this.#freeCount] ?? 0;
    this.addCells(element.cells);
  }

  /** Takes the element's slot and cells back. */
  vacate(element: Element): void {
    assert(element.slot !== NO_SLOT, "an element in a slot");
    this.#free[this.#freeCount++] = element.slot;
    element.slot = NO_SLOT;
    this.addCells(-element.cells);
  }

  /** From now on the element may leave; one of the sweep is the first to do so. */
  enqueue(element: Element): void {
    if (element.swept) this.#queueOf(element).pushOldest(element);
    else this.#queueOf(element).pushNewest(element, ++this.#arrivals);
  }

  dequeue(element: Element): void {
    this.#queueOf(element).remove(element);
  }

  /** All that may leave, pinned ones included, in no useful order. */
  queued(): Element[] {
    return [...this.#records.elements(), ...this.#nodes.elements()];
  }

  /**
   * The record or node to evict for its slot, null if every element is pinned or holds children.
   */
  victim(): Element | null {
    return this.#search(this.#records, this.#nodes);
  }

  /** The record to evict for its value memory, null if all are pinned. */
  recordVictim(): Element | null {
    return this.#search(this.#records, null);
  }

  #search(first: EvictionQueue, second: EvictionQueue | null): Element | null {
    // Twice around: the first turn may only take second chances away.
    for (let turns = 2 * (first.length + (second?.length ?? 0)); turns > 0; turns--) {
      const candidate = older(first.oldest, second === null ? null : second.oldest);
      if (candidate === null) return null;
      if (candidate.pins === 0 && !candidate.referenced) return candidate;
      candidate.referenced = false;
      const queue = this.#queueOf(candidate);
      queue.remove(candidate);
      queue.pushNewest(candidate, ++this.#arrivals);
    }
    return null;
  }

  #queueOf(element: Element): EvictionQueue {
    return element.kind === "record" ? this.#records : this.#nodes;
  }
}

function older(a: Element | null, b: Element | null): Element | null {
  if (a === null) return b;
  if (b === null) return a;
  return a.queuedAt <= b.queuedAt ? a : b;
}
