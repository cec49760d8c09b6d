// SPDX-License-Identifier: Apache-2.0
import { assert, isZetaError, ZetaError } from "@zeta/protocol/error";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { FunctionTable } from "@zeta/store/function-table";
import type { StoredRecord } from "@zeta/store/store-worker";
import { KeyOwner } from "@zeta/store/wasm/key-owner";
import { type CallOutcome, CallQueue, type QueuedJob } from "../call-queue.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type EngineCall, type Executed, storeCallsOf } from "../engine-call.ts";
import { EpochEvents } from "../epoch-events.ts";
import type { InstanceAtRest } from "../instance-at-rest.ts";
import type { CallObserver } from "../key-catalogue.ts";
import { QUEUED_BYTES_MAX, QUEUED_CALLS_MAX, TURN_CALLS_MAX } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { MonitorFailedError, refuse } from "../problem.ts";
import { receiptAnswer } from "../receipt-answer.ts";
import { reservedJob } from "../reserved-job.ts";
import type { Sealer } from "../sealer.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { CallRouter } from "./call-router.ts";
import { RunningJob } from "./running-job.ts";
import { bringToRest, type KeptEngine, StateKeeper } from "./state-keeper.ts";
import { ThreadedInstance, type ThreadedInstanceOptions } from "./threaded-instance.ts";

/** Calls that are with the workers at once: enough that none waits for the main thread, few enough for answers to come soon. */
const IN_FLIGHT_CALLS = 4096;

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
  /** Null: nothing is kept. */
  #keeper: StateKeeper | null = null;
  readonly #kept: KeptEngine;
  /** Who waits until no call is under way. */
  #whenIdle: () => void = () => {};
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
      journal: () => this.#keeper?.journal ?? null,
    });
    this.#kept = {
      ...{ instance, events: this.events, clock },
      assertHolds: () => this.#assertHolds(),
      whenIdle: () => this.#idle(),
      goOn: () => this.#scheduleTurn(),
      failed: (error) => this.#failUnlessRefused(error),
    };
    // One whose state is kept runs the calls of its journal first.
    if (options.rest === null) this.#startTimer();
  }

  /**
   * Begins with what an instance before it has left: to be called before anything runs.
   *
   * @throws ZetaError `store_full`, `restore_invalid`.
   */
  restore(
    records: AsyncIterable<readonly StoredRecord[]>,
    breathe: () => Promise<void>,
  ): Promise<number> {
    return this.instance.restore(records, breathe);
  }

  /** The epoch that calls run in now. */
  get epoch(): number {
    return this.instance.epoch;
  }

  /** Lets calls run: hands the tree out, which was at rest. */
  async begin(): Promise<void> {
    await this.instance.handOut();
  }

  /** Runs calls of a journal again, one request after the other: without reserving their ids, and without writing them down. */
  runAgain(calls: readonly EngineCall[]): Promise<readonly Executed[]> {
    return new Promise((resolve, reject) => {
      this.#assertHolds();
      const answered = resolve as (outcomes: readonly CallOutcome[]) => void;
      this.#queue.add({ calls, isRefusedWhole: true, resolve: answered, reject });
      this.#scheduleTurn();
    });
  }

  /** Certifies the present epoch, all of whose calls are durable, while nothing of it is written down. */
  async closeEpochAgain(): Promise<void> {
    this.instance.publishUpTo(this.instance.epoch);
    await this.closeEpoch();
  }

  /** From now on what runs is kept. */
  keepWith(sealer: Sealer): void {
    assert(this.#options.rest !== null, "an instance whose state is kept");
    this.#keeper = new StateKeeper(this.#kept, sealer);
    this.#startTimer();
  }

  /** Ends the present epoch, in which nothing ran that is not durable, with the whole tree at rest, and looks at that. */
  atRest<T>(look: (rested: InstanceAtRest) => Promise<T>): Promise<T> {
    return bringToRest(this.#kept, look);
  }

  #createInstance(options: ThreadedEngineOptions, clock: Clock): ThreadedInstance {
    const { metrics } = options;
    return new ThreadedInstance({
      ...options,
      pause: () => new Promise((resolve) => clock.soon(resolve)),
      events: {
        left: (epoch) => this.#keeper?.epochLeft(epoch),
        certified: (epoch) => this.#certified(epoch),
        violated: () => this.#violated(),
        replied: ({ isEpochDue }) => {
          if (isEpochDue && this.refusal === null) this.#beginEpochClose();
        },
        verified: (logBytes) => metrics.logBytes.inc(logBytes),
        failed: (error) => this.#failUnlessRefused(error),
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
      // It would never be answered: answers come with those of its calls.
      if (calls.length === 0) return resolve([]);
      this.#queue.add(reservedJob(this.instance.receipts, job));
      this.#scheduleTurn();
    });
  }

  async closeEpoch(): Promise<number> {
    this.#assertHolds();
    // After the certificate of a seal there is still some of it to do, before another epoch can be closed.
    if (this.instance.closing === null) await this.#keeper?.sealing;
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
    await this.#keeper?.whenSealed(deadlineMs);
    if (this.#holds() && this.instance.closing === null && !this.#isSealing) {
      const epoch = this.#beginEpochClose();
      await this.events.whenCertified(this.instance, epoch, deadlineMs);
    }
    await this.#keeper?.close(deadlineMs).catch((error) => this.#options.onFault?.(error));
    this.events.endAll();
    const late = "expected an answer before the end of the service, got none";
    this.#rejectAll(new ZetaError("shutting_down", late));
    this.#isStopped = true;
    await this.instance.stop();
  }

  /** Ends it as it is: another one goes on. */
  async abandon(): Promise<void> {
    this.#cancelTimer();
    this.#isStopped = true;
    this.events.endAll();
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
    if (this.#keeper?.isFull === true) {
      refuse("too_many_requests", "expected room to write calls down, got too much that waits");
    }
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
    const isBusy = this.#isSealing || this.#runningCalls >= IN_FLIGHT_CALLS;
    if (!this.#holds() || isBusy) return;
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
    if (this.#running.size === 0) this.#whenIdle();
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
    // What follows the certificate of a seal is still to be done.
    if (this.#isSealing) return this.instance.epoch - 1;
    const keeper = this.#keeper;
    const isLast = keeper?.isDue(this.#closed !== null) ?? false;
    const epoch = keeper !== null && isLast ? keeper.seal() : this.instance.beginEpochClose();
    this.#closedAt.set(epoch, this.clock.now());
    return epoch;
  }

  get #isSealing(): boolean {
    return (this.#keeper?.sealing ?? null) !== null;
  }

  async #idle(): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
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

  #failUnlessRefused(error: Error): void {
    // Of a refused log the enclave says more, and says it itself.
    if (!isZetaError(error, "monitor_failed")) this.#fail(error);
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
    this.#whenIdle();
    for (const job of this.#queue.take(Number.POSITIVE_INFINITY)) job.reject(error);
  }
}
