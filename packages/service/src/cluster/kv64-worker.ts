// SPDX-License-Identifier: Apache-2.0
/**
 * A worker: its share of the store and its monitor thread, in one thread. It takes batches in the order in which they come; while an epoch is
 * closed, some of that work follows each batch, so operations of the next epoch go on. It never returns to the event loop: whoever
 * talks with it does so through the ring.
 */
import { parentPort, workerData } from "node:worker_threads";
import { startWorkerMonitor } from "@zeta/monitor/worker-monitor";
import { assert } from "@zeta/protocol/error";
import { Kv64Store } from "@zeta/store/wasm/kv64-store";
import { RefusedLogError } from "../refused-log-error.ts";
import { BatchRing, COMMAND } from "./batch-ring.ts";
import { CloseTimer } from "./close-timer.ts";
import type { WorkerReport, WorkerStart } from "./worker-start.ts";

/** While an epoch is closed, that work takes three quarters of the time: certificates first. */
const CLOSE_TO_BATCH = 3;

class Kv64Worker {
  readonly #start: WorkerStart;
  readonly #ring: BatchRing;
  readonly #store: Kv64Store;
  readonly #timer: CloseTimer;
  readonly #sink: (frame: Uint8Array) => void;
  #busyMs = 0;

  constructor(start: WorkerStart) {
    const { slots, recordsMax, placement, warmth, share, epochCounterMax } = start;
    this.#start = start;
    this.#ring = new BatchRing(start.ring);
    this.#store = new Kv64Store({
      module: start.storeModule,
      slots,
      recordsMax,
      placement,
      warmth,
      ...(share !== undefined && { share }),
      ...(epochCounterMax !== null && { epochCounterMax }),
    });
    this.#timer = new CloseTimer(this.#store, warmth, start.closeMsMost);
    const monitor = start.monitor === null ? null : startWorkerMonitor(start.monitor);
    this.#sink = (frame) => {
      const { check } = monitor?.verifyLog(frame) ?? { check: null };
      if (check !== null) throw new RefusedLogError(check);
    };
    if (start.prologue.length > 0) this.#sink(start.prologue);
  }

  run(): void {
    for (let number = 0; ; number++) {
      this.#closeUntilFilled(number);
      const { command, argument } = this.#ring.read(number);
      if (command === COMMAND.stop) return;
      const start = performance.now();
      this.#obey(command, argument, number);
      this.#busyMs += performance.now() - start;
      if (this.#ring.answer(number, this.#store.epoch)) say({ kind: "answered" });
    }
  }

  /** With nothing to run, all time is the close's. */
  #closeUntilFilled(number: number): void {
    while (this.#store.closing !== null && !this.#ring.isFilled(number, false)) this.#closeABit();
    this.#ring.isFilled(number, true);
  }

  #closeABit(): void {
    const isDone = this.#store.continueEpochClose(this.#start.closeBudget, this.#sink);
    if (isDone) this.#timer.ended(performance.now());
  }

  #closeFor(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    do this.#closeABit();
    while (this.#store.closing !== null && performance.now() < end);
  }

  #obey(command: number, argument: number, number: number): void {
    if (command === COMMAND.run) this.#runBatch(argument, number);
    else if (command === COMMAND.enterEpoch) this.#enterEpoch(argument);
    else if (command === COMMAND.statistics) this.#sendStatistics();
    else if (command === COMMAND.warmth) this.#setWarmth(number);
    else if (command === COMMAND.overwrite) {
      const { words } = this.#ring.place(number);
      this.#store.overwriteValue(words[0] ?? 0n, words[1] ?? 0n);
    } else assert(false, `a known command, got ${command}`);
  }

  #runBatch(count: number, number: number): void {
    const start = performance.now();
    const { words, kinds } = this.#ring.place(number);
    const { batch } = this.#store;
    batch.words.set(words.subarray(0, 2 * count));
    batch.kinds.set(kinds.subarray(0, count));
    this.#store.run(count, this.#sink);
    words.set(batch.words.subarray(0, 2 * count));
    kinds.set(batch.kinds.subarray(0, count));
    if (this.#store.closing === null) return;
    this.#closeFor(CLOSE_TO_BATCH * (performance.now() - start));
  }

  /** Closes one epoch at a time: what is due now waits for what was due before. The last close may go on while the next batches run. */
  #enterEpoch(target: number): void {
    if (this.#start.monitor === null) return;
    while (this.#store.epoch < target) {
      while (this.#store.closing !== null) this.#closeABit();
      this.#timer.began(performance.now());
      this.#store.beginEpochClose();
    }
    if (this.#store.closing !== null) this.#closeABit();
  }

  #setWarmth(number: number): void {
    const [recordEpochs, nodeEpochs, demotionsMax] = this.#ring.place(number).words;
    this.#timer.setWarmth({
      recordEpochs: Number(recordEpochs),
      nodeEpochs: Number(nodeEpochs),
      demotionsMax: Number(demotionsMax),
    });
  }

  #sendStatistics(): void {
    const { statistics, recordCount } = this.#store;
    const own = { records: recordCount, busyMs: this.#busyMs };
    say({ kind: "statistics", statistics: { ...statistics, ...own } });
  }
}

function say(report: WorkerReport): void {
  parentPort?.postMessage(report);
}

try {
  new Kv64Worker(workerData as WorkerStart).run();
} catch (error) {
  if (!(error instanceof RefusedLogError)) throw error;
  say({ kind: "refused", check: error.check });
}
