// SPDX-License-Identifier: Apache-2.0
import { isZetaError, type ZetaError } from "@zeta/protocol/error";
import type { EpochEvent } from "@zeta/protocol/http-api";
import type { CallOutcome, QueuedJob } from "./call-queue.ts";
import type { Clock } from "./clock.ts";
import type { EngineCall, Executed } from "./engine-call.ts";
import type { EpochEvents } from "./epoch-events.ts";
import type { Instance } from "./instance.ts";
import type { Interference } from "./interference.ts";
import type { CallObserver } from "./key-catalogue.ts";
import { TURN_LOG_BYTES_MAX, TURN_MIGRATIONS_MAX } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { MonitorFailedError } from "./problem.ts";
import type { CallJournal } from "./sealer.ts";

export interface CallRunnerParts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly events: EpochEvents;
  readonly journal: CallJournal | null;
  readonly observe?: CallObserver;
}

/** Runs micro-batches: calls on the store, a slice of the closing epoch, the log through the monitor, and only then the answers. */
export class CallRunner {
  /** Null in an honest service. */
  interference: Interference | null = null;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #events: EpochEvents;
  readonly #journal: CallJournal | null;
  readonly #observe: CallObserver | null;
  /** When each uncertified epoch was closed, for the latency of certification. */
  readonly #closedAt = new Map<number, number>();

  constructor(parts: CallRunnerParts) {
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.#events = parts.events;
    this.#journal = parts.journal;
    this.#observe = parts.observe ?? null;
  }

  /** The latency of this epoch's certification counts from now on. */
  epochClosed(epoch: number): void {
    this.#closedAt.set(epoch, this.#clock.now());
  }

  /**
   * @param mayClose goes on with the epoch that closes, if one does
   * @throws ZetaError `monitor_failed`, or whatever a broken assumption throws. Then none of the jobs has been answered, except those refused
   * for themselves.
   */
  run(instance: Instance, jobs: readonly QueuedJob[], mayClose: boolean): void {
    const counts: number[] = [];
    const answers = jobs.map((job) => this.#runJob(instance, job, counts));
    this.#metrics.countOperations(counts);
    const { store } = instance;
    if (mayClose && store.closing !== null) store.continueEpochClose(TURN_MIGRATIONS_MAX);
    this.#verify(instance);
    this.#journal?.endTurn();
    for (const answer of answers) answer();
  }

  /**
   * A step of sealing the store, during which no calls run.
   *
   * @returns true when it is sealed and the monitor has certified its last epoch.
   * @throws as {@link CallRunner.run}.
   */
  seal(instance: Instance): boolean {
    const isSealed = instance.store.seal(TURN_MIGRATIONS_MAX);
    this.#verify(instance);
    return isSealed;
  }

  /** Runs a job's calls; what is returned gives the answers away, once the monitor has accepted the log. */
  #runJob(instance: Instance, job: QueuedJob, counts: number[]): () => void {
    const outcomes: CallOutcome[] = [];
    while (outcomes.length < job.calls.length) {
      try {
        for (const answer of this.#runSome(instance, job.calls, outcomes.length)) {
          const call = job.calls[outcomes.length] as EngineCall;
          const { function: number, argument } = call;
          counts[number] = (counts[number] ?? 0) + 1;
          this.#observe?.(number, argument, answer.result);
          this.#journal?.ran(call, answer.epoch);
          outcomes.push(answer);
        }
      } catch (error) {
        if (!isBadArgument(error)) throw error;
        if (job.isRefusedWhole) return () => job.reject(error);
        outcomes.push(error);
      }
      if (instance.store.pendingBytes > TURN_LOG_BYTES_MAX) this.#verify(instance);
    }
    return () => job.resolve(outcomes);
  }

  /** Runs the next calls, at least one; whoever interferes sees them one by one. */
  #runSome(instance: Instance, calls: readonly EngineCall[], from: number): readonly Executed[] {
    if (this.interference === null) return instance.runSome(calls, from);
    const call = calls[from] as EngineCall;
    const told = this.interference.instead(call);
    return [told ?? this.interference.after(call, instance.run(call))];
  }

  #verify(instance: Instance): void {
    const logBytes = instance.logBytes;
    const news = instance.verify();
    this.#metrics.logBytes.inc(instance.logBytes - logBytes);
    for (const event of news) this.#measure(event);
    if (news.length > 0) this.#events.wakeAll();
    instance.assertHolds();
  }

  #measure(event: EpochEvent): void {
    if (event.type === "violation") {
      this.#metrics.violations.inc();
      return;
    }
    const closedAt = this.#closedAt.get(event.epoch);
    this.#closedAt.delete(event.epoch);
    if (closedAt === undefined) return;
    this.#metrics.certification.observe((this.#clock.now() - closedAt) / 1000);
  }
}

/** The store refuses a bad argument before it does anything. All else that is thrown ends more than one job. */
export function isBadArgument(error: unknown): error is ZetaError {
  const isOurs = isZetaError(error) && error.code !== "assertion";
  return isOurs && !(error instanceof MonitorFailedError);
}
