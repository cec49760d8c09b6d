// SPDX-License-Identifier: Apache-2.0

/** Wakes the claims that wait for work in this process. Work that another process brings is found by polling. */
export class WorkSignal {
  readonly #waiting = new Set<() => void>();

  /** There may be work now. */
  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next {@link notify}, after `milliseconds`, or when aborted: whichever is first. Never rejects. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done, { once: true });
      this.#waiting.add(done);
    });
  }
}
