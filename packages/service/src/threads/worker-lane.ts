// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import type { StoreStatistics } from "@zeta/store/store-worker";
import { ClusterError } from "../cluster/cluster-error.ts";
import { workerFile } from "../worker-file.ts";
import type { Command, Reply, Report, ServiceWorkerStart } from "./worker-messages.ts";

/** Something that has its place in the order of a worker's calls. As long as what it returns is not resolved, nothing behind it begins. */
export type LaneTask = (lane: WorkerLane) => Promise<void> | undefined;

export interface LaneEvents {
  /** Before whoever sent the command hears of it. */
  readonly replied: (reply: Reply) => void;
  readonly committed: (epoch: number, logBytes: number) => void;
  /** A ClusterError, or what a broken assumption of this thread threw. */
  readonly failed: (error: Error) => void;
}

/** The main thread's end of the way to a worker. */
export class WorkerLane {
  readonly thread: number;
  readonly #worker: Worker;
  readonly #events: LaneEvents;
  readonly #tasks: LaneTask[] = [];
  #isHeld = false;
  /** Who waits for the replies, in the order of the commands. */
  readonly #waiting: ((reply: Reply) => void)[] = [];
  /** Resolves when nothing is replied any more. */
  readonly #ended: Promise<null>;
  #end: () => void = () => {};
  #failure: ClusterError | null = null;
  /** Who must hear of the end. */
  readonly #failing = new Set<(error: Error) => void>();

  constructor(start: ServiceWorkerStart, events: LaneEvents) {
    this.thread = start.monitor.id;
    this.#events = events;
    this.#ended = new Promise((resolve) => {
      this.#end = () => resolve(null);
    });
    const transferList = [start.monitor.port];
    // Compiled code, so none of the conditions under which a test runner resolves packages to their sources.
    this.#worker = new Worker(workerFile("threads/service-worker.js"), {
      workerData: start,
      transferList,
      execArgv: [],
    });
    this.#worker.on("message", (report: Report) => {
      try {
        this.#hear(report);
      } catch (error) {
        events.failed(error as Error);
      }
    });
    this.#worker.on("error", (cause) => this.#die("an error", cause));
    this.#worker.on("exit", () => this.#die("the end of its thread"));
  }

  /** Tasks begin in the order in which they are enqueued. */
  enqueue(task: LaneTask): void {
    this.#tasks.push(task);
    this.#pump();
  }

  #pump(): void {
    while (!this.#isHeld) {
      const task = this.#tasks.shift();
      if (task === undefined) return;
      const held = task(this);
      if (held === undefined) continue;
      this.#isHeld = true;
      held.then(() => {
        this.#isHeld = false;
        this.#pump();
      });
    }
  }

  /** Sends a command now; `take` hears the reply. */
  send(command: Command, take: (reply: Reply) => void): void {
    this.#waiting.push(take);
    this.#worker.postMessage(command, packedIn(command));
  }

  ask(command: Command): Promise<Reply> {
    return new Promise((resolve) => this.send(command, resolve));
  }

  /** @throws ClusterError when the worker comes to its end before it replies. */
  mustAnswer(command: Command): Promise<Reply> {
    return this.whileAlive(this.ask(command));
  }

  /**
   * What would not come any more if the worker came to its end.
   *
   * @throws ClusterError as it is told by {@link LaneEvents.failed}.
   */
  whileAlive<T>(awaited: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure);
      this.#failing.add(reject);
      awaited.finally(() => this.#failing.delete(reject)).then(resolve, reject);
    });
  }

  /** Nothing is replied any more. */
  #finish(error: ClusterError): void {
    this.#failure ??= error;
    this.#end();
    for (const fail of this.#failing) fail(error);
    this.#failing.clear();
    this.#events.failed(error);
  }

  /** As they are when everything sent before is done; null when nothing is done any more. */
  async statistics(): Promise<StoreStatistics | null> {
    const reply = await Promise.race([this.ask({ kind: "statistics" }), this.#ended]);
    return reply?.statistics ?? null;
  }

  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #hear(report: Report): void {
    if (report.kind === "reply") {
      this.#events.replied(report.reply);
      this.#waiting.shift()?.(report.reply);
    } else if (report.kind === "committed") {
      this.#events.committed(report.epoch, report.logBytes);
    } else {
      const message = `expected success of thread ${this.thread}, got ${report.check}`;
      this.#finish(new ClusterError("monitor_failed", message));
    }
  }

  #die(how: string, cause?: unknown): void {
    const message = `expected a running worker ${this.thread}, got ${how}`;
    this.#finish(new ClusterError("worker_failed", message, { cause }));
  }
}

/** What changes hands with a command. */
function packedIn(command: Command): ArrayBuffer[] {
  if (command.kind === "run" || command.kind === "borrow") return [command.calls.buffer];
  return command.kind === "restore" ? [command.records.buffer] : [];
}
