// SPDX-License-Identifier: Apache-2.0
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { FunctionTable } from "@zeta/store/function-table";
import { KeyOwner } from "@zeta/store/wasm/key-owner";
import { type CallOutcome, CallQueue, type QueuedJob } from "../call-queue.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type EngineCall, type Executed, storeCallsOf } from "../engine-call.ts";
import { EpochEvents } from "../epoch-events.ts";
import type { CallObserver } from "../key-catalogue.ts";
import { QUEUED_BYTES_MAX, QUEUED_CALLS_MAX, TURN_CALLS_MAX } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { MonitorFailedError, refuse } from "../problem.ts";
import { receiptAnswer } from "../receipt-answer.ts";
import { reservedJob } from "../reserved-job.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { CallRouter } from "./call-router.ts";
import { RunningJob } from "./running-job.ts";
import { ThreadedInstance, type ThreadedInstanceOptions } from "./threaded-instance.ts";

export interface ThreadedEngineOptions
  extends Omit<ThreadedInstanceOptions, "events" | "pause" | "serviceId"> {
  readonly serviceId: string;
  /** The functions of the service, of which the engine asks the keys of calls only. */
  readonly functions: FunctionTable;
  /** Length of an epoch in milliseconds; null: epochs are closed by {@link ThreadedEngine.closeEpoch} only. */
  readonly epochMs: number | null;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Hears of a dead worker or a broken assumption, after which every call is refused. */
  readonly onFault?: (error: Error) => void;
  /** Hears of every call that ran. */
  readonly observe?: CallObserver;
}

/**
 * Runs calls on several workers, each with a share of the keys and a monitor thread. Answers are those of one run of all calls in the order
 * in which they came (call-router.ts), and leave when the monitors that read their log have accepted it.
 */
export class ThreadedEngine implements ServiceEngine {
  readonly serviceId: string;
  readonly events: EpochEvents;
  readonly clock: Clock;
  readonly instance: ThreadedInstance;
  readonly #options: ThreadedEngineOptions;
  readonly #router: CallRouter;
  readonly #queue = new CallQueue({ callsMax: QUEUED_CALLS_MAX, bytesMax: QUEUED_BYTES_MAX });
  readonly #running = new Set<RunningJob>();
  #runningCalls = 0;
  readonly #closedAt = new Map<number, number>();
  #isTurnDue = false;
  #fault: Error | null = null;
  #closed: Promise<void> | null = null;
  /** From now on workers end because they shall. */
  #isStopped = false;
  #cancelTimer: () => void = () => {};

  constructor(options: ThreadedEngineOptions) {
    const { clock = systemClock, metrics, plan, functions } = options;
    this.#options = options;
    this.serviceId = options.serviceId;
    this.clock = clock;
    this.events = new EpochEvents(clock);
    const instance = this.#createInstance(options, clock);
    this.instance = instance;
    this.#router = new CallRouter({
      lanes: instance.lanes,
      owners: new KeyOwner(plan),
      functions,
      shelve: (call, thread, epoch, leaf) => instance.shelve(call, thread, epoch, leaf),
      count: (counts) => metrics.countOperations(counts),
      ...(options.observe !== undefined && { observe: options.observe }),
      broken: (error) => this.#fail(error),
    });
    this.#startTimer();
  }

  #createInstance(options: ThreadedEngineOptions, clock: Clock): ThreadedInstance {
    const { metrics } = options;
    return new ThreadedInstance({
      ...options,
      pause: () => new Promise((resolve) => clock.soon(resolve)),
      events: {
        certified: (epoch) => this.#certified(epoch),
        violated: () => this.#violated(),
        replied: ({ isEpochDue }) => {
          if (isEpochDue && this.refusal === null) this.#beginEpochClose();
        },
        verified: (logBytes) => metrics.logBytes.inc(logBytes),
        failed: (error) => {
          // Of a refused log the enclave says more, and says it itself.
          if (!isZetaError(error, "monitor_failed")) this.#fail(error);
        },
      },
    });
  }

  get refusal(): "violation" | "shutting_down" | "fault" | null {
    if (this.instance.violation !== null) return "violation";
    if (this.#fault !== null) return "fault";
    return this.#closed !== null ? "shutting_down" : null;
  }

  execute(calls: readonly EngineCall[]): Promise<readonly Executed[]> {
    // Outcomes of a job that is refused whole are answers.
    return this.#enqueue(calls, true) as Promise<readonly Executed[]>;
  }

  executeEach(calls: readonly EngineCall[]): Promise<readonly CallOutcome[]> {
    return this.#enqueue(calls, false);
  }

  #enqueue(calls: readonly EngineCall[], isRefusedWhole: boolean): Promise<readonly CallOutcome[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) {
        refuse("shutting_down", "expected a running service, got one that stops");
      }
      this.#assertHolds();
      this.#refuseOverload(calls);
      const job = { calls, isRefusedWhole, resolve, reject };
      this.#queue.add(reservedJob(this.instance.receipts, job));
      this.#scheduleTurn();
    });
  }

  async closeEpoch(): Promise<number> {
    this.#assertHolds();
    const epoch = this.#beginEpochClose();
    await this.events.whenCertified(this.instance, epoch, null);
    this.#assertHolds();
    return epoch;
  }

  receipt(requestId: string): Promise<ReceiptAnswer | null> {
    return receiptAnswer(this.instance, requestId);
  }

  close(deadlineMs: number): Promise<void> {
    // In a later step, so that all of it sees a closed engine.
    this.#closed ??= Promise.resolve().then(() => this.#close(deadlineMs));
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#cancelTimer();
    while (this.#queue.length > 0 && this.#holds()) {
      await new Promise<void>((resolve) => this.clock.soon(resolve));
    }
    const { closing } = this.instance;
    if (closing !== null && this.#holds())
      await this.events.whenCertified(this.instance, closing, deadlineMs);
    if (this.#holds() && this.instance.closing === null) {
      const epoch = this.#beginEpochClose();
      await this.events.whenCertified(this.instance, epoch, deadlineMs);
    }
    this.events.endAll();
    const late = "expected an answer before the end of the service, got none";
    this.#rejectAll(new ZetaError("shutting_down", late));
    this.#isStopped = true;
    await this.instance.stop();
  }

  #holds(): boolean {
    return this.instance.violation === null && this.#fault === null;
  }

  /** @throws MonitorFailedError, or the fault. */
  #assertHolds(): void {
    const { violation } = this.instance;
    if (violation !== null) throw new MonitorFailedError(violation);
    if (this.#fault !== null) throw this.#fault;
  }

  /** Receipts that are not certified cannot be given up, so their number is bounded by refusing calls. */
  #refuseOverload(calls: readonly EngineCall[]): void {
    this.#queue.refuseOverload(calls);
    const waiting = this.#queue.length + this.#runningCalls + calls.length;
    if (this.instance.receipts.hasRoom(waiting)) return;
    refuse("too_many_requests", "expected room for receipts, got an epoch that is full");
  }

  #scheduleTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.clock.soon(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  /** What is queued goes to its workers, as long as those have not too much to do. */
  #turn(): void {
    if (!this.#holds() || this.#runningCalls >= IN_FLIGHT_CALLS) return;
    const jobs = this.#queue.take(TURN_CALLS_MAX).map((job) => this.#start(job));
    try {
      for (const running of jobs) this.#route(running);
      this.#router.flush();
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#queue.length > 0) this.#scheduleTurn();
  }

  #start(job: QueuedJob): RunningJob {
    const running = new RunningJob(job, () => this.#settled(running));
    this.#running.add(running);
    this.#runningCalls += job.calls.length;
    return running;
  }

  #route(running: RunningJob): void {
    const { calls } = running.job;
    for (let from = 0; from < calls.length; ) {
      const some = storeCallsOf(calls, from);
      for (const [i, store] of some.entries()) {
        const at = from + i;
        this.#router.route({ running, at, call: calls[at] as EngineCall, store });
      }
      from += some.length;
    }
  }

  #settled(running: RunningJob): void {
    this.#running.delete(running);
    this.#runningCalls -= running.job.calls.length;
    if (this.#queue.length > 0) this.#scheduleTurn();
  }

  #startTimer(): void {
    const { epochMs } = this.#options;
    if (epochMs === null) return;
    this.#cancelTimer = this.clock.after(epochMs, () => {
      this.#startTimer();
      // Still closing the one before: this epoch simply becomes longer.
      if (this.refusal === null) this.#beginEpochClose();
    });
  }

  #beginEpochClose(): number {
    const { closing } = this.instance;
    if (closing !== null) return closing;
    const epoch = this.instance.beginEpochClose();
    this.#closedAt.set(epoch, this.clock.now());
    return epoch;
  }

  #certified(epoch: number): void {
    const closedAt = this.#closedAt.get(epoch);
    this.#closedAt.delete(epoch);
    if (closedAt !== undefined) {
      this.#options.metrics.certification.observe((this.clock.now() - closedAt) / 1000);
    }
    this.events.wakeAll();
  }

  #violated(): void {
    const { violation } = this.instance;
    if (violation === null) return;
    this.#options.metrics.violations.inc();
    this.#rejectAll(new MonitorFailedError(violation));
    this.events.wakeAll();
  }

  /** Nothing after it can be trusted to be right, so nothing more runs. */
  #fail(error: Error): void {
    if (this.#isStopped || this.#fault !== null || this.instance.violation !== null) return;
    this.#fault = error;
    this.#cancelTimer();
    this.#rejectAll(error);
    this.#options.onFault?.(error);
    this.events.endAll();
  }

  #rejectAll(error: Error): void {
    for (const { job } of this.#running) job.reject(error);
    this.#running.clear();
    for (const job of this.#queue.take(Number.POSITIVE_INFINITY)) job.reject(error);
  }
}

/** Calls that are with the workers at once: enough that none waits for the main thread, few enough for answers to come soon. */
const IN_FLIGHT_CALLS = 4096;
