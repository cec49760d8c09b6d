// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import { type CallOutcome, CallQueue } from "./call-queue.ts";
import { CallRunner } from "./call-runner.ts";
import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import type { EngineCall, Executed } from "./engine-call.ts";
import { EpochEvents } from "./epoch-events.ts";
import { Instance, type InstanceParts } from "./instance.ts";
import type { Interference } from "./interference.ts";
import type { CallObserver } from "./key-catalogue.ts";
import { QUEUED_BYTES_MAX, QUEUED_CALLS_MAX, TURN_CALLS_MAX } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { MonitorFailedError, refuse } from "./problem.ts";
import { receiptAnswer } from "./receipt-answer.ts";
import { reservedJob } from "./reserved-job.ts";
import type { Sealer } from "./sealer.ts";
import type { ServiceEngine } from "./service-engine.ts";

export interface EngineOptions {
  /** Makes a fresh enclave and a store for it: one start of the service. */
  readonly createParts: () => InstanceParts;
  /** The instance to serve with, if it has a past (durable/); default: a new one. */
  readonly instance?: Instance;
  readonly serviceId: string;
  /** Length of an epoch in milliseconds; null: epochs are closed by {@link Engine.closeEpoch} only. */
  readonly epochMs: number | null;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Hears of a broken assumption, after which every call is answered `internal_error`. */
  readonly onFault?: (error: Error) => void;
  readonly queuedCallsMax?: number;
  readonly queuedBytesMax?: number;
  readonly receiptsMax?: number;
  readonly receiptEpochsMax?: number;
  readonly certificatesMax?: number;
  /** Takes the store at rest now and then; without it that never happens. Excludes a second instance. */
  readonly sealer?: Sealer;
  /** Hears of every call that ran. */
  readonly observe?: CallObserver;
}

/**
 * Runs calls in order, in micro-batches: everything that is queued runs on the store, the log goes through the monitor, then the answers
 * leave. Closes an epoch every `epochMs` while calls go on.
 */
export class Engine implements ServiceEngine {
  readonly events: EpochEvents;
  readonly serviceId: string;
  readonly #options: EngineOptions;
  readonly #clock: Clock;
  readonly #queue: CallQueue;
  readonly #runner: CallRunner;
  #instance: Instance;
  #isTurnDue = false;
  /** No calls run until the store is sealed. */
  #isSealing = false;
  /** What ran in the epoch that closes is still being written. */
  #isWriting = false;
  /** Set by {@link Engine.close}. */
  #closed: Promise<void> | null = null;
  /** Set by a broken assumption in this code or in the store's. */
  #fault: Error | null = null;
  #cancelTimer: () => void = () => {};

  constructor(options: EngineOptions) {
    this.#options = options;
    this.serviceId = options.serviceId;
    this.#clock = options.clock ?? systemClock;
    this.#queue = new CallQueue({
      callsMax: options.queuedCallsMax ?? QUEUED_CALLS_MAX,
      bytesMax: options.queuedBytesMax ?? QUEUED_BYTES_MAX,
    });
    this.events = new EpochEvents(this.#clock);
    const { metrics, observe } = options;
    const journal = options.sealer?.journal ?? null;
    const parts = { metrics, clock: this.#clock, events: this.events, journal };
    this.#runner = new CallRunner({ ...parts, ...(observe !== undefined && { observe }) });
    this.#instance = options.instance ?? this.createInstance();
    this.#startTimer();
  }

  /** The instance that serves now. */
  get instance(): Instance {
    return this.#instance;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Why no calls are taken now; null: they are. */
  get refusal(): "violation" | "shutting_down" | "fault" | null {
    if (this.#instance.violation !== null) return "violation";
    if (this.#fault !== null) return "fault";
    return this.#closed !== null ? "shutting_down" : null;
  }

  /** A fresh enclave with an empty store, not serving yet. */
  createInstance(): Instance {
    const { createParts, serviceId } = this.#options;
    const { receiptsMax, receiptEpochsMax, certificatesMax, sealer } = this.#options;
    const recorder = sealer?.recorder ?? null;
    return new Instance({
      ...createParts(),
      serviceId,
      pause: () => new Promise((resolve) => this.#clock.soon(resolve)),
      ...(receiptsMax !== undefined && { receiptsMax }),
      ...(receiptEpochsMax !== undefined && { receiptEpochsMax }),
      ...(certificatesMax !== undefined && { certificatesMax }),
      ...(recorder !== null && { recorder }),
    });
  }

  /**
   * Runs calls one after the other, nothing of other callers between them, and answers when the monitor has accepted their log.
   *
   * @throws ZetaError `duplicate_request_id`, `too_many_requests`, `shutting_down` (then nothing ran) or `monitor_failed`.
   */
  execute(calls: readonly EngineCall[]): Promise<readonly Executed[]> {
    // Outcomes of a job that is refused whole are answers.
    return this.#enqueue(calls, true) as Promise<readonly Executed[]>;
  }

  executeEach(calls: readonly EngineCall[]): Promise<readonly CallOutcome[]> {
    return this.#enqueue(calls, false);
  }

  #enqueue(calls: readonly EngineCall[], isRefusedWhole: boolean): Promise<readonly CallOutcome[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null)
        refuse("shutting_down", "expected a running service, got one that stops");
      this.#assertMonitorHolds();
      this.#refuseOverload(calls);
      const job = { calls, isRefusedWhole, resolve, reject };
      this.#queue.add(reservedJob(this.#instance.receipts, job));
      this.#scheduleTurn();
    });
  }

  /**
   * Starts closing the current epoch, unless one is closing; resolves to that epoch once it is certified.
   *
   * @throws ZetaError `monitor_failed`, or `shutting_down` when another instance took over meanwhile.
   */
  async closeEpoch(): Promise<number> {
    this.#assertMonitorHolds();
    const instance = this.#instance;
    const epoch = this.#beginEpochClose();
    await this.events.whenCertified(instance, epoch, null);
    this.#assertMonitorHolds();
    if ((instance.certificates.latest ?? -1) < epoch) {
      refuse(
        "shutting_down",
        `expected the certificate of epoch ${epoch}, got the end of the instance`,
      );
    }
    return epoch;
  }

  /** What is known of an answer's receipt; null: nothing (any more). */
  async receipt(requestId: string): Promise<ReceiptAnswer | null> {
    const told = await this.#runner.interference?.receipt(requestId);
    return told ?? receiptAnswer(this.#instance, requestId);
  }

  /** Only for `attacks/`: from now on every call and receipt passes through here. */
  interfere(interference: Interference): void {
    this.#runner.interference = interference;
  }

  /** Only for `attacks/`: another instance serves from now on. Whoever follows the old one's epochs has to connect again. */
  replaceInstance(instance: Instance): void {
    this.#instance = instance;
    this.events.endAll();
  }

  /** Finishes queued calls and certifies the current epoch, waiting at most `deadlineMs` for each epoch; then ends all streams. */
  close(deadlineMs: number): Promise<void> {
    // In a later step, so that all of it sees a closed engine.
    this.#closed ??= Promise.resolve().then(() => this.#close(deadlineMs));
    return this.#closed;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#cancelTimer();
    while (this.#queue.length > 0) {
      await new Promise<void>((resolve) => this.#clock.soon(resolve));
    }
    const { store } = this.#instance;
    if (store.closing !== null) await this.#certify(store.closing, deadlineMs);
    if (store.closing === null) await this.#certify(store.epoch, deadlineMs);
    this.events.endAll();
    await this.#writeTheLast(deadlineMs);
  }

  /** A place that is down must not keep the process: what it has not taken by then is lost, and said so. */
  async #writeTheLast(deadlineMs: number): Promise<void> {
    const { sealer, onFault } = this.#options;
    if (sealer === undefined) return;
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      const error = new ZetaError("write_late", "expected what was sealed to be written in time");
      cancel = this.#clock.after(deadlineMs, () => reject(error));
    });
    try {
      await Promise.race([sealer.close(), late]);
    } catch (error) {
      onFault?.(error as Error);
    }
    cancel();
  }

  async #certify(epoch: number, deadlineMs: number): Promise<void> {
    if (this.#instance.violation !== null || this.#fault !== null) return;
    if (this.#instance.store.closing === null) this.#beginEpochClose();
    await this.events.whenCertified(this.#instance, epoch, deadlineMs);
  }

  #assertMonitorHolds(): void {
    this.#instance.assertHolds();
    if (this.#fault !== null) throw this.#fault;
  }

  /** Receipts that are not certified cannot be given up, so their number is bounded by refusing calls. */
  #refuseOverload(calls: readonly EngineCall[]): void {
    const { receipts } = this.#instance;
    this.#queue.refuseOverload(calls);
    if (this.#options.sealer?.isFull === true) {
      refuse("too_many_requests", "expected room to write calls down, got too much that waits");
    }
    if (receipts.hasRoom(this.#queue.length + calls.length)) return;
    refuse("too_many_requests", "expected room for receipts, got an epoch that is full");
  }

  #startTimer(): void {
    const { epochMs } = this.#options;
    if (epochMs === null) return;
    assert(epochMs > 0, `an epoch of at least 1 ms, got ${epochMs}`);
    this.#cancelTimer = this.#clock.after(epochMs, () => {
      this.#startTimer();
      // Still closing the one before: this epoch simply becomes longer.
      if (this.refusal === null) this.#beginEpochClose();
    });
  }

  #beginEpochClose(): number {
    const { store } = this.#instance;
    if (this.#isSealing) return store.epoch;
    if (store.closing !== null) return store.closing;
    const { sealer } = this.#options;
    this.#isSealing =
      sealer !== undefined && (this.#closed === null ? sealer.isDue : sealer.isDueAtEnd);
    const epoch = this.#isSealing ? store.epoch : store.beginEpochClose();
    this.#runner.epochClosed(epoch);
    this.#writeDown(epoch);
    this.#scheduleTurn();
    return epoch;
  }

  /** Certified implies durable: the epoch goes on closing when all that ran in it is written. */
  #writeDown(epoch: number): void {
    const { sealer } = this.#options;
    if (sealer === undefined || sealer.journal === null) return;
    this.#isWriting = true;
    const isWritten = (): void => {
      this.#isWriting = false;
      this.#scheduleTurn();
    };
    sealer.journal.whenDurable(epoch).then(isWritten, (error) => this.#fail(error));
  }

  #scheduleTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#clock.soon(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  /** What is queued runs; an error of the whole batch reaches everyone in it. */
  #turn(): void {
    const instance = this.#instance;
    const jobs = this.#isSealing ? [] : this.#queue.take(TURN_CALLS_MAX);
    try {
      this.#assertMonitorHolds();
      if (this.#isSealing) this.#seal(instance);
      else this.#runner.run(instance, jobs, !this.#isWriting);
    } catch (error) {
      if (!(error instanceof MonitorFailedError)) this.#fail(error);
      for (const job of jobs) job.reject(error);
    }
    const canClose = instance.violation === null && this.#fault === null && !this.#isWriting;
    const isClosing = canClose && (this.#isSealing || instance.store.closing !== null);
    if (this.#queue.length > 0 || isClosing) this.#scheduleTurn();
  }

  #seal(instance: Instance): void {
    if (this.#isWriting || !this.#runner.seal(instance)) return;
    this.#isSealing = false;
    this.#options.sealer?.finish(instance);
  }

  /** A broken assumption: nothing after it can be trusted to be right, so nothing more runs. */
  #fail(error: unknown): void {
    if (this.#fault !== null) return;
    this.#fault = error instanceof Error ? error : new Error(String(error));
    this.#cancelTimer();
    this.#options.onFault?.(this.#fault);
    this.events.endAll();
  }
}
