// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import { STREAMS_MAX, WAITERS_MAX } from "./limits.ts";
import { refuse } from "./problem.ts";
import type { ServedInstance } from "./served-instance.ts";

/** One who follows what the enclave signs. He reads the certificate log himself, so nothing queues up here however slow he is. */
export interface Follower {
  /** There may be something new. */
  readonly wake: () => void;
  /** The instance is gone; connect again. */
  readonly end: () => void;
}

/** Wakes streams and long polls when the enclave has signed something. */
export class EpochEvents {
  readonly #clock: Clock;
  readonly #streams = new Set<Follower>();
  readonly #waiters = new Set<Follower>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Follows until the returned function is called.
   *
   * @throws ZetaError `too_many_requests` when too many streams are open.
   */
  follow(follower: Follower): () => void {
    if (this.#streams.size >= STREAMS_MAX) {
      refuse("too_many_requests", `expected at most ${STREAMS_MAX} streams, got one more`);
    }
    this.#streams.add(follower);
    return () => this.#streams.delete(follower);
  }

  /**
   * Waits for the certificate of an epoch of this instance, or for the end of its certification; at most `milliseconds` (null: for ever)
   * or until the signal aborts. The caller looks at what became of it.
   *
   * @throws ZetaError `too_many_requests` when too many wait already.
   */
  async whenCertified(
    instance: ServedInstance,
    epoch: number,
    milliseconds: number | null,
    signal?: AbortSignal,
  ): Promise<void> {
    const isSettled = (): boolean =>
      instance.violation !== null || (instance.certificates.latest ?? -1) >= epoch;
    if (isSettled() || signal?.aborted) return;
    if (this.#waiters.size >= WAITERS_MAX) {
      refuse("too_many_requests", `expected at most ${WAITERS_MAX} waiting, got one more`);
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#waiters.delete(waiter);
        cancelTimer();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const wake = (): void => {
        if (isSettled()) end();
      };
      const waiter = { wake, end };
      const cancelTimer = milliseconds === null ? () => {} : this.#clock.after(milliseconds, end);
      signal?.addEventListener("abort", end);
      this.#waiters.add(waiter);
    });
  }

  /** Does anybody follow, or wait? */
  get hasFollowers(): boolean {
    return this.#waiters.size + this.#streams.size > 0;
  }

  wakeAll(): void {
    for (const follower of [...this.#waiters, ...this.#streams]) follower.wake();
  }

  /** Ends every stream and every wait. */
  endAll(): void {
    for (const follower of [...this.#waiters, ...this.#streams]) follower.end();
  }
}
