// SPDX-License-Identifier: Apache-2.0
import type { CallOutcome, QueuedJob } from "../call-queue.ts";
import type { Executed } from "../engine-call.ts";

/** Calls of one request, on their way through one or several workers. */
export class RunningJob {
  readonly job: QueuedJob;
  readonly #outcomes: CallOutcome[] = [];
  readonly #settled: () => void;
  #left: number;
  #refusal: Error | null = null;

  /** @param settled hears that all calls are answered or refused. */
  constructor(job: QueuedJob, settled: (running: RunningJob) => void) {
    this.job = job;
    this.#left = job.calls.length;
    this.#settled = () => settled(this);
  }

  answer(at: number, answer: Executed): void {
    this.#outcomes[at] = answer;
    this.#finishOne();
  }

  /** One call was refused. If that refuses its request, then as soon as the others are done. */
  refuse(at: number, error: Error): void {
    this.#outcomes[at] = error;
    if (this.job.isRefusedWhole) this.#refusal ??= error;
    this.#finishOne();
  }

  #finishOne(): void {
    this.#left--;
    if (this.#left > 0) return;
    this.#settled();
    if (this.#refusal === null) this.job.resolve(this.#outcomes);
    else this.job.reject(this.#refusal);
  }
}
