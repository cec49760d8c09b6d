// SPDX-License-Identifier: Apache-2.0
import type { EngineCall, Executed } from "./engine-call.ts";
import { refuse } from "./problem.ts";

/** What became of a call that stands for itself: its answer, or why it could not run. */
export type CallOutcome = Executed | Error;

/** Calls of one request, run together and answered together. */
export interface QueuedJob {
  readonly calls: readonly EngineCall[];
  /** A call that cannot run refuses the whole request; or else it is one of the outcomes. */
  readonly isRefusedWhole: boolean;
  readonly resolve: (outcomes: readonly CallOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that wait for their turn, first in, first out; bounded in calls and in bytes. */
export class CallQueue {
  readonly #callsMax: number;
  readonly #bytesMax: number;
  #jobs: QueuedJob[] = [];
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

  /** @throws ZetaError `too_many_requests` when there is no room for these calls. */
  refuseOverload(added: readonly EngineCall[]): void {
    const calls = this.#calls + added.length;
    const bytes = this.#bytes + bytesOf(added);
    if (calls <= this.#callsMax && bytes <= this.#bytesMax) return;
    const limits = `${this.#callsMax} calls and ${this.#bytesMax} bytes`;
    refuse("too_many_requests", `expected at most ${limits} waiting, got ${calls} and ${bytes}`);
  }

  /** There must be room for its calls. */
  add(job: QueuedJob): void {
    this.#jobs.push(job);
    this.#calls += job.calls.length;
    this.#bytes += bytesOf(job.calls);
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
      this.#bytes -= bytesOf(job.calls);
    }
    return jobs;
  }
}

function bytesOf(calls: readonly EngineCall[]): number {
  let bytes = 0;
  for (const { argument } of calls) bytes += argument.length;
  return bytes;
}
