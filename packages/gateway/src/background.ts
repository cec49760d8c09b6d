// SPDX-License-Identifier: Apache-2.0

/** Tasks on their way at once before a verifier waits for one: a server that is away must not fill the memory. */
const TASKS_MAX = 64;

/** Tasks that go on while the verifiers work. */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Starts a task; waits only when too many are on their way. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= TASKS_MAX) await Promise.race(this.#running);
    const run = task()
      .catch(this.#onError)
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when none is left. */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }
}
