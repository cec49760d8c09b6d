// SPDX-License-Identifier: Apache-2.0
/**
 * A worker of a service: its share of the store and its monitor thread, in one thread. Commands are obeyed in the order in which they come;
 * what a command put into the log has passed the monitor before its reply leaves. While an epoch is closed, a piece of that work follows each
 * command, and all of it when there are none.
 */
import { parentPort, workerData } from "node:worker_threads";
import { startWorkerMonitor, type WorkerMonitor } from "@zeta/monitor/worker-monitor";
import { concatBytes } from "@zeta/protocol/bytes";
import { Loans } from "@zeta/store/loan";
import { StoreWorker } from "@zeta/store/store-worker";
import { loadAppService } from "../app-service.ts";
import { isBadArgument } from "../call-runner.ts";
import { TURN_LOG_BYTES_MAX, TURN_MIGRATIONS_MAX } from "../limits.ts";
import { RefusedLogError } from "../refused-log-error.ts";
import { packResults, unpackCalls } from "./packed-calls.ts";
import { packRecords, unpackRecords } from "./packed-records.ts";
import { type Refusal, refusalOf } from "./refused-call.ts";
import type { Command, Reply, Report, ServiceWorkerStart } from "./worker-messages.ts";

type RestCommand = Extract<
  Command,
  { kind: "restore" | "finishRestore" | "seal" | "log" | "changes" | "adopt" }
>;

/** Records that a reply holds: a value may be a megabyte. */
const CHANGES_AT_ONCE = 256;

class ServiceWorker {
  readonly #thread: number;
  readonly #store: StoreWorker;
  readonly #monitor: WorkerMonitor;
  #leaves: Uint8Array[] = [];
  #logBytes = 0;
  #isCloseDue = false;
  /** An epoch that this worker has committed and not told of yet. */
  #committed: number | null = null;

  constructor(start: ServiceWorkerStart) {
    const { monitor, slots, valueMemoryBytes, recordsMax, share, restEpoch, prologue } = start;
    const { id, threads, serviceCode } = monitor;
    const service = serviceCode === undefined ? null : loadAppService(serviceCode);
    this.#thread = id;
    this.#store = new StoreWorker({
      ...{ thread: id, threads, slots, valueMemoryBytes, share },
      ...(service !== null && { functions: service.functions }),
      ...(recordsMax !== null && { recordsMax }),
      ...(restEpoch !== null && { startsAtRest: true, firstEpoch: restEpoch }),
    });
    this.#monitor = startWorkerMonitor(monitor);
    if (prologue.length > 0) this.#verifyFrame(prologue);
  }

  obey(command: Command): Reply {
    const { epoch } = this.#store;
    const answer = this.#execute(command);
    this.#continueClose();
    this.#verify();
    const leaves = concatBytes(...this.#leaves);
    const reply = { epoch, leaves, isEpochDue: this.#store.isEpochDue, refusals: [], ...answer };
    this.#leaves = [];
    return { ...reply, logBytes: this.#takeLogBytes() };
  }

  #execute(command: Command): Partial<Reply> {
    switch (command.kind) {
      case "run":
        return this.#run(command.calls);
      case "borrow":
        return this.#borrow(command);
      case "lend":
        return refusing(() => ({ loans: this.#store.lend(command.keys) }));
      case "takeBack":
        this.#store.takeBack(command.loans);
        return {};
      case "enterEpoch":
        this.#store.beginEpochClose();
        return {};
      case "statistics":
        return { statistics: this.#store.statistics };
      default:
        return this.#rest(command);
    }
  }

  /** What is done while no calls run. */
  #rest(command: RestCommand): Partial<Reply> {
    switch (command.kind) {
      case "restore":
        return refusing(() => {
          this.#store.restore(unpackRecords(command.records));
          return {};
        });
      case "finishRestore":
        return refusing(() => {
          this.#store.finishRestore(command.fullDepth);
          return { topValues: this.#store.topValues() };
        });
      case "seal":
        return this.#seal();
      case "log":
        this.#log(command);
        return {};
      case "changes":
        return { records: packRecords(this.#store.takeChanges(CHANGES_AT_ONCE)) };
      case "adopt":
        this.#store.adopt(command.times);
        return {};
    }
  }

  #seal(): Partial<Reply> {
    const { closing } = this.#store;
    while (!this.#store.seal(TURN_MIGRATIONS_MAX)) this.#verify();
    if (closing !== null) this.#committed = closing;
    const tops = this.#store.handBack();
    if (this.#thread !== 0) this.#endSeal();
    return { tops };
  }

  #endSeal(): void {
    const { epoch } = this.#store;
    this.#store.endSeal();
    this.#committed = epoch;
  }

  #log({ frame, counter, endsEpoch }: Extract<Command, { kind: "log" }>): void {
    this.#verify();
    if (frame.length > 0) this.#verifyFrame(frame);
    this.#store.beyond(counter);
    if (endsEpoch) this.#endSeal();
  }

  #run(packed: Uint8Array): Partial<Reply> {
    const calls = unpackCalls(packed);
    const results: (Uint8Array | null)[] = [];
    const refusals: Refusal[] = [];
    while (results.length < calls.length) {
      const { refusals: refused = [] } = refusing(() => {
        for (const { result } of this.#store.executeBatch(calls, results.length)) {
          results.push(result);
        }
        return {};
      });
      if (refused.length > 0) results.push(null);
      refusals.push(...refused);
      if (this.#store.pendingBytes > TURN_LOG_BYTES_MAX) this.#verify();
    }
    return { results: packResults(results), refusals };
  }

  #borrow({ calls, loans }: Extract<Command, { kind: "borrow" }>): Partial<Reply> {
    const [call] = unpackCalls(calls);
    const lent = new Loans(loans);
    const answer = refusing(() => {
      if (call === undefined) return {};
      const { result } = this.#store.executeBorrowing(call, lent);
      return { results: packResults([result]) };
    });
    return { results: packResults([null]), ...answer, loans: lent.all() };
  }

  #continueClose(): void {
    const { closing } = this.#store;
    if (closing === null) return;
    if (this.#store.continueEpochClose(TURN_MIGRATIONS_MAX)) this.#committed = closing;
    else if (!this.#isCloseDue) this.#closeSoon();
  }

  #closeSoon(): void {
    this.#isCloseDue = true;
    setImmediate(() =>
      guarded(() => {
        this.#isCloseDue = false;
        this.#continueClose();
        this.#verify();
        this.sayCommitted();
      }),
    );
  }

  sayCommitted(): void {
    const epoch = this.#committed;
    if (epoch === null) return;
    this.#committed = null;
    say({ kind: "committed", epoch, logBytes: this.#takeLogBytes() });
  }

  #verify(): void {
    for (const frame of this.#store.drain()) this.#verifyFrame(frame);
  }

  #verifyFrame(frame: Uint8Array): void {
    const { check, leaves } = this.#monitor.verifyLog(frame);
    if (check !== null) throw new RefusedLogError(check);
    this.#logBytes += frame.length;
    if (leaves.length > 0) this.#leaves.push(leaves);
  }

  #takeLogBytes(): number {
    const bytes = this.#logBytes;
    this.#logBytes = 0;
    return bytes;
  }
}

/** A call that cannot happen is refused; whatever else is thrown ends the worker. */
function refusing(run: () => Partial<Reply>): Partial<Reply> {
  try {
    return run();
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    return { refusals: [refusalOf(error)] };
  }
}

function say(report: Report, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(report, transfer);
}

let isOver = false;

/** A log that the monitor refuses is said; after that nothing runs here. Anything else is a crash, of which the main thread hears. */
function guarded(run: () => void): void {
  if (isOver) return;
  try {
    run();
  } catch (error) {
    if (!(error instanceof RefusedLogError)) throw error;
    isOver = true;
    say({ kind: "refused", check: error.check });
  }
}

guarded(() => {
  const worker = new ServiceWorker(workerData as ServiceWorkerStart);
  parentPort?.on("message", (command: Command) =>
    guarded(() => {
      const reply = worker.obey(command);
      const transfer = [reply.leaves.buffer];
      if (reply.results !== undefined) transfer.push(reply.results.buffer);
      if (reply.records !== undefined) transfer.push(reply.records.buffer);
      say({ kind: "reply", reply }, transfer);
      worker.sayCommitted();
    }),
  );
});
