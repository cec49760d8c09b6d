// SPDX-License-Identifier: Apache-2.0
import type { EngineCall, Executed } from "./engine-call.ts";
import { refuse } from "./problem.ts";

/** Calls of one request, run together and answered together. */
export interface QueuedJob {
  readonly calls: readonly EngineCall[];
  readonly resolve: (answers: readonly Executed[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that wait for their turn, first in, first out; bounded in calls and in bytes. */
export class CallQueue {
  readonly #callsMax: number;
  readonly #bytesMax: number;
  #jobs: QueuedJob[] = [];
  readonly #requestIds = new Set<string>();
  #calls = 0;
  #bytes = 0;

  constructor(limits: { readonly callsMax: number; readonly bytesMax: number }) {
    this.#callsMax = limits.callsMax;
    this.#bytesMax = limits.bytesMax;
  }

  /** Calls that wait. */
  get length(): number {
    return this.#calls;
  }

  hasRequest(requestId: string): boolean {
    return this.#requestIds.has(requestId);
  }

  /** @throws ZetaError `too_many_requests` when the queue is full; then nothing was queued. */
  add(job: QueuedJob): void {
    const calls = this.#calls + job.calls.length;
    const bytes = this.#bytes + bytesOf(job);
    if (calls > this.#callsMax || bytes > this.#bytesMax) {
      const limits = `${this.#callsMax} calls and ${this.#bytesMax} bytes`;
      refuse("too_many_requests", `expected at most ${limits} waiting, got ${calls} and ${bytes}`);
    }
    this.#jobs.push(job);
    this.#calls = calls;
    this.#bytes = bytes;
    for (const { requestId } of job.calls) if (requestId !== null) this.#requestIds.add(requestId);
  }

  /** Takes whole jobs, oldest first, until they hold `calls` calls; at least one job if there is one. */
  take(calls: number): QueuedJob[] {
    let taken = 0;
    let count = 0;
    for (const job of this.#jobs) {
      if (taken > 0 && count + job.calls.length > calls) break;
      taken++;
      count += job.calls.length;
    }
    const jobs = this.#jobs.splice(0, taken);
    for (const job of jobs) {
      this.#calls -= job.calls.length;
      this.#bytes -= bytesOf(job);
      for (const { requestId } of job.calls) {
        if (requestId !== null) this.#requestIds.delete(requestId);
      }
    }
    return jobs;
  }
}

function bytesOf(job: QueuedJob): number {
  let bytes = 0;
  for (const call of job.calls) bytes += call.argument.length;
  return bytes;
}
