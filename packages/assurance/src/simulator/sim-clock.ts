// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";
import type { Clock } from "@zeta/service/clock";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes only when nothing else is left to do. What is due at once runs in an order that the seed decides. */
export class SimClock implements Clock {
  readonly #random: Random;
  #now = 0;
  #timers: Timer[] = [];
  #ready: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(run: () => void): void {
    this.#ready.push(run);
  }

  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Runs everything until `isOver`, at most up to the given time. */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver() && this.#now <= untilMs) {
      const task = this.#next();
      if (task === null) return;
      task();
      await settled();
    }
  }

  #next(): (() => void) | null {
    if (this.#ready.length === 0) this.#advance();
    if (this.#ready.length === 0) return null;
    const [task] = this.#ready.splice(this.#random.below(this.#ready.length), 1);
    return task ?? null;
  }

  /** Moves to the next timer; those of the same moment become ready together. */
  #advance(): void {
    if (this.#timers.length === 0) return;
    this.#now = Math.min(...this.#timers.map(({ at }) => at));
    const isDue = ({ at }: Timer): boolean => at <= this.#now;
    this.#ready.push(...this.#timers.filter(isDue).map(({ run }) => run));
    this.#timers = this.#timers.filter((timer) => !isDue(timer));
  }
}

/** Resolves when every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
