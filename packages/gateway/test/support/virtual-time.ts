// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../src/clock.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Turns of the event loop in which everything that is due has certainly run: promises only, no files, no sockets. */
const TURNS = 3;

/**
 * A clock that stands still while there is anything to do and then jumps to the next sleeper, driven by the test. What does not sleep
 * takes no time, so a run is the same each time and takes no time either.
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { at: this.#now + milliseconds, wake };
      signal?.addEventListener("abort", wake, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Lets time pass until the condition holds. Fails when nothing is left that could make it hold. */
  async runUntil(condition: () => boolean): Promise<void> {
    while (true) {
      for (let turn = 0; turn < TURNS; turn++) await new Promise((go) => setImmediate(go));
      if (condition()) return;
      let next: Sleeper | null = null;
      for (const sleeper of this.#sleepers) {
        if (next === null || sleeper.at < next.at) next = sleeper;
      }
      if (next === null) throw new Error(`nothing left to happen at ${this.#now} ms`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}
