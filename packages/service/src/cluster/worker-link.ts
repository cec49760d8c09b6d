// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { workerFile } from "../worker-file.ts";
import { BatchRing, COMMAND, RING_PLACES, type RingPlace } from "./batch-ring.ts";
import { ClusterError } from "./cluster-error.ts";
import type { WorkerReport, WorkerStart, WorkerStatistics } from "./worker-start.ts";

/** Commands that may wait for a worker beside those in its ring. Whoever has more must wait for answers. */
export const WAITING_MAX = 64;

interface Job {
  readonly command: number;
  readonly argument: number;
  readonly write: ((place: RingPlace) => void) | undefined;
  readonly read: ((place: RingPlace) => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface LinkEvents {
  /** The worker's store is in this epoch. */
  readonly entered: (epoch: number) => void;
  readonly failed: (error: ClusterError) => void;
}

/** The main thread's end of the way to a worker: commands are answered in their order. */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #ring = new BatchRing();
  readonly #events: LinkEvents;
  /** Not in the ring yet. */
  readonly #waiting: Job[] = [];
  /** In the ring, oldest first. */
  readonly #sent: Job[] = [];
  #filled = 0;
  #answered = 0;
  #failure: ClusterError | null = null;
  #tellStatistics: ((statistics: WorkerStatistics) => void)[] = [];

  constructor(start: Omit<WorkerStart, "ring">, events: LinkEvents) {
    this.#events = events;
    const workerData: WorkerStart = { ...start, ring: this.#ring.memory };
    const transferList = start.monitor === null ? [] : [start.monitor.port];
    // Compiled code, so none of the conditions under which a test runner resolves packages to their sources.
    this.#worker = new Worker(workerFile("cluster/kv64-worker.js"), {
      workerData,
      transferList,
      execArgv: [],
    });
    this.#worker.on("message", (report: WorkerReport) => this.#hear(report));
    this.#worker.on("error", (cause) => this.#die("an error", cause));
    this.#worker.on("exit", () => this.#die("the end of its thread"));
  }

  /** @throws ClusterError `too_many`, or why nothing is sent any more. */
  send(
    command: number,
    argument: number,
    write?: (place: RingPlace) => void,
    read?: (place: RingPlace) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) throw this.#failure;
      if (command === COMMAND.run && this.#waiting.length >= WAITING_MAX) {
        throw new ClusterError("too_many", `expected at most ${WAITING_MAX} waiting batches`);
      }
      this.#waiting.push({ command, argument, write, read, resolve, reject });
      this.#pump();
    });
  }

  async statistics(): Promise<WorkerStatistics> {
    const told = new Promise<WorkerStatistics>((resolve) => this.#tellStatistics.push(resolve));
    await this.send(COMMAND.statistics, 0);
    return told;
  }

  /** Nothing is sent any more; whoever waits learns why. */
  fail(error: ClusterError): void {
    this.#failure ??= error;
    for (const job of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) {
      job.reject(this.#failure);
    }
  }

  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #pump(): void {
    while (this.#filled - this.#answered < RING_PLACES) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      job.write?.(this.#ring.place(this.#filled));
      this.#ring.push(this.#filled, job.command, job.argument);
      this.#filled++;
      this.#sent.push(job);
    }
  }

  #hear(report: WorkerReport): void {
    if (report.kind === "statistics") this.#tellStatistics.shift()?.(report.statistics);
    else if (report.kind === "refused") {
      this.#events.failed(
        new ClusterError("monitor_failed", `expected success, got ${report.check}`),
      );
    } else {
      this.#ring.hear();
      this.#take(this.#ring.answered);
      this.#events.entered(this.#ring.epoch);
    }
  }

  #take(places: number): void {
    for (; this.#answered < places; this.#answered++) {
      const job = this.#sent.shift();
      job?.read?.(this.#ring.place(this.#answered));
      job?.resolve();
    }
    this.#pump();
  }

  #die(how: string, cause?: unknown): void {
    const message = `expected a running worker, got ${how}`;
    this.#events.failed(new ClusterError("worker_failed", message, { cause }));
  }
}
