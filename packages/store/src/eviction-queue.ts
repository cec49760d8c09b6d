// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { Element } from "./element.ts";

/**
 * A list of elements from the one that came last to the one that came first; links are fields of
 * the elements, so nothing is allocated.
 */
export class EvictionQueue {
  oldest: Element | null = null;
  #newest: Element | null = null;
  length = 0;

  /** @param at When it came, for comparison with another queue. */
  pushNewest(element: Element, at: number): void {
    assert(!element.queued, "an element that is in no queue");
    element.queued = true;
    element.queuedAt = at;
    element.older = this.#newest;
    if (this.#newest === null) this.oldest = element;
    else this.#newest.newer = element;
    this.#newest = element;
    this.length++;
  }

  /** Puts it where it will be the next to leave. */
  pushOldest(element: Element): void {
    assert(!element.queued, "an element that is in no queue");
    element.queued = true;
    element.queuedAt = 0;
    element.newer = this.oldest;
    if (this.oldest === null) this.#newest = element;
    else this.oldest.older = element;
    this.oldest = element;
    this.length++;
  }

  /** From the oldest to the newest. */
  elements(): Element[] {
    const all: Element[] = [];
    for (let next = this.oldest; next !== null; next = next.newer) all.push(next);
    return all;
  }

  remove(element: Element): void {
    assert(element.queued, "an element of the queue");
    const { older, newer } = element;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    element.older = null;
    element.newer = null;
    element.queued = false;
    this.length--;
  }
}
