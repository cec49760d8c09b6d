// SPDX-License-Identifier: Apache-2.0

/** A queue between tasks, with places that are reserved before there is something to put in. */
export class AsyncQueue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T | null) => void)[] = [];
  readonly #reservers: (() => void)[] = [];
  #free: number;
  #isClosed = false;

  /** `places`: how many items may be waiting or on their way. */
  constructor(places: number) {
    this.#free = places;
  }

  /** Waits for a place. False when the queue was closed. The place is given back by taking the item, or with {@link giveBack}. */
  async reserve(): Promise<boolean> {
    while (!this.#isClosed && this.#free === 0) {
      await new Promise<void>((resolve) => this.#reservers.push(resolve));
    }
    if (this.#isClosed) return false;
    this.#free--;
    return true;
  }

  giveBack(): void {
    this.#free++;
    this.#reservers.shift()?.();
  }

  /** Puts an item into a reserved place. */
  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#items.push(item);
      return;
    }
    taker(item);
    this.giveBack();
  }

  /** The next item; null when the queue was closed. */
  async take(): Promise<T | null> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.giveBack();
      return item;
    }
    if (this.#isClosed) return null;
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Nobody waits any more; returns what was left. */
  close(): T[] {
    this.#isClosed = true;
    for (const taker of this.#takers.splice(0)) taker(null);
    for (const reserver of this.#reservers.splice(0)) reserver();
    return this.#items.splice(0);
  }
}
