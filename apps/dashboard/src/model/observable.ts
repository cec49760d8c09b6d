// SPDX-License-Identifier: Apache-2.0

/** A value that can be looked at, and that tells when it is another one. */
export interface Observed<T> {
  readonly value: T;
  /** Returns the function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** An observed value in the hands of its owner. */
export class Observable<T> implements Observed<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
