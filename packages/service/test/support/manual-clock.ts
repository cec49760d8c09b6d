// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../../src/clock.ts";

/** A clock that stands still until a test moves it. Turns of the event loop are real. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** How often somebody wanted the next turn. */
  turns = 0;

  soon(run: () => void): void {
    this.turns++;
    setImmediate(run);
  }

  /** Timers waiting now. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Moves on by `milliseconds` and runs what falls due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}
