// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { kvFunctionNumber } from "@zeta/protocol/kv";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { Borrower } from "./borrower.ts";
import { takeChanges } from "./changes.ts";
import { KvBatch } from "./kv-batch.ts";
import { KV_FUNCTION_TABLE } from "./kv-functions.ts";
import { Lender } from "./lender.ts";
import {
  BATCH_LOG_BYTES_MAX,
  CELL_BYTES,
  EPOCH_COUNTER_MAX,
  RECORDS_DEFAULT,
  SLOTS_DEFAULT,
} from "./limits.ts";
import { type Loan, Loans } from "./loan.ts";
import { foreignKey, storeFull } from "./refused-call.ts";
import { Restoration } from "./restoration.ts";
import { StagedCalls } from "./staged-call.ts";
import type { StoreCall, StoreOutcome } from "./store-call.ts";
import { checkStoreOptions, type StoreOptions } from "./store-options.ts";
import { elementStatistics, type StoreStatistics } from "./store-statistics.ts";
import type { StoredRecord } from "./stored-record.ts";
import { Tops, type TopValue } from "./tops.ts";
import { Warmth } from "./warmth.ts";

import { BytesStore } from "./wasm/bytes-store.ts";
import type { HandedTop } from "./wasm/crown.ts";

export type { StoreCall, StoreOutcome } from "./store-call.ts";
export type { StoreOptions } from "./store-options.ts";
export type { StoreStatistics } from "./store-statistics.ts";
export type { StoredRecord } from "./stored-record.ts";

const NOTHING_LENT = new Loans([]);

/** The one key-value function over several records. */
const TRANSACT = kvFunctionNumber("transact");

/** A time has the epoch above 32 bits of counter. */
const EPOCH_BITS = 32n;

/** The most that the module takes as a budget. */
const BUDGET_MAX = 2 ** 31;

/**
 * The untrusted store of one monitor thread: runs calls on its own copy of the data and writes the
 * log from which the monitor convinces itself. Follows the host's obligations (PROTOCOL §10), so
 * what it did honestly is always certified. Records, tree, placement and log are in WebAssembly
 * (`assembly/`); this class is its border.
 *
 * @example
 * const store = new StoreWorker({ thread: 0, threads: 1, valueMemoryBytes: 64 << 20 });
 * const { result } = store.execute({ function: 0, argument: utf8("alice"), requestId: null });
 * for (const frame of store.drain()) enclave.verifyLog(0, frame);
 */
export class StoreWorker {
  /** @internal The module's instance, for tampering.ts and tests. */
  readonly wasm: BytesStore;
  readonly #kv: KvBatch | null;
  readonly #staged: StagedCalls;
  readonly #lender: Lender;
  readonly #threads: number;
  readonly #warmth: Warmth | null;
  readonly #restoration: Restoration;
  /** Null: this store has all the keys. */
  readonly #tops: Tops | null;
  #epoch: number;
  #closing: number | null = null;
  #isSealing = false;
  /** Has nothing happened since the store was fresh, restored or sealed? */
  #isAtRest = true;
  #leafCount = 0;
  #calls = 0;
  #drainedBytes = 0;

  /** @throws ZetaError `store_options` for options that no store can work with. */
  constructor(options: StoreOptions) {
    const { functions, policy, share, firstEpoch = 0, startsAtRest = false } = options;
    const slots = options.slots ?? SLOTS_DEFAULT;
    const recordsMax = options.recordsMax ?? RECORDS_DEFAULT;
    checkStoreOptions(options);
    this.#warmth = policy === undefined ? new Warmth() : null;
    this.wasm = new BytesStore({
      slots,
      recordsMax,
      valueCells: Math.min(Math.floor(options.valueMemoryBytes / CELL_BYTES), 2 ** 26),
      epochCounterMax: options.epochCounterMax ?? EPOCH_COUNTER_MAX,
      policy: policy ?? new Warmth().policy,
      ...(share !== undefined && { share }),
      ...{ firstEpoch, startsAtRest },
    });
    this.#epoch = firstEpoch;
    this.#restoration = new Restoration(this.wasm);
    this.#threads = options.threads;
    this.#tops = share === undefined ? null : new Tops(this.wasm, share, startsAtRest);
    this.#lender = new Lender(this.wasm);
    this.#kv = functions === undefined ? new KvBatch(this.wasm) : null;
    const borrower = share === undefined ? null : new Borrower(this.wasm);
    this.#staged = new StagedCalls(this.wasm, functions ?? KV_FUNCTION_TABLE, borrower);
  }

  /**
   * Gives a fresh store records of another one, in any order, any number of times; {@link StoreWorker.finishRestore} is the next that must
   * happen. The arrays are copied.
   *
   * @throws ZetaError `restore_invalid` for what no store ever had, `store_full` for what does not fit; the store is useless then.
   * @example
   * const store = new StoreWorker({ thread: 0, threads: 1, valueMemoryBytes: 64 << 20, firstEpoch: epoch + 1 });
   * for await (const records of storage.records()) store.restore(records);
   * store.finishRestore();
   * assert(equalBytes(rootHash(store.rootValue), checkpoint.root), "the records of the checkpoint");
   */
  restore(records: readonly StoredRecord[]): void {
    this.#tops?.assertHome();
    this.#restoration.add(records);
  }

  /**
   * Makes the tree over the restored records: the store is at rest then, and {@link StoreWorker.rootValue} is that of the store they come
   * from. Nobody has checked them; whoever restores them compares it with what was certified. Of several workers each makes its own part, and
   * `Crown.above` over their {@link StoreWorker.topValues} has the root.
   *
   * @param fullDepth the most bits by which the store, or one before it, was shared out among workers (`ShareOut.groupBits`)
   * @throws ZetaError `restore_invalid` if two records have one digest, or one belongs to another worker; the store is useless then.
   */
  finishRestore(fullDepth = 0): void {
    this.#tops?.assertHome();
    this.#restoration.finish(fullDepth);
  }

  /**
   * What storage must learn of: records that were created, or whose value was written, since they were last taken. Only right after
   * {@link StoreWorker.seal}, before anything else happens; records that were restored are known already.
   *
   * @param max Most records of this answer.
   * @returns The next ones, each once; none when all have been taken. They may share a buffer.
   * @example
   * for (let some = store.takeChanges(10_000); some.length > 0; some = store.takeChanges(10_000)) save(some);
   */
  takeChanges(max: number): StoredRecord[] {
    assert(max > 0, `a positive number of records, got ${max}`);
    this.#restoration.assertWhole();
    assert(this.#isAtRest, "a store that was sealed, and nothing after it");
    return takeChanges(this.wasm, max);
  }

  /**
   * Runs a call: on the mirror first, which decides whether it can happen at all, then in the log.
   *
   * @throws ZetaError `R.fid`, `R.consume`, `R.distinct`, `D.length`, `store_full`, or what the
   * function says of its argument; nothing is logged then.
   */
  execute(call: StoreCall): StoreOutcome {
    const [outcome] = this.executeBatch([call]);
    assert(outcome !== undefined, "an outcome of the first call");
    return outcome;
  }

  /**
   * Runs a call over records of which other workers lent some: it happens here, and `loans` has them afterwards as this worker evicted them.
   *
   * @throws ZetaError `foreign_key` if a record is neither this worker's own nor lent, or as {@link StoreWorker.execute}; the loans are
   * unchanged then.
   */
  executeBorrowing(call: StoreCall, loans: Loans): StoreOutcome {
    this.#assertReady();
    return this.#runStaged(call, loans);
  }

  /**
   * Lends records to another worker, within the present epoch: nothing else may happen here until {@link StoreWorker.takeBack}.
   *
   * @param keys Distinct, of this worker's own, at most LOANS_MAX.
   * @throws ZetaError `store_full`, `foreign_key`; nothing is lent then.
   */
  lend(keys: readonly Uint8Array[]): Loan[] {
    this.#assertReady();
    return this.#lender.lend(keys);
  }

  /** Takes back all that was lent, in the state in which the last borrower left it. */
  takeBack(loans: readonly Loan[]): void {
    this.#lender.takeBack(loans);
  }

  #assertReady(): void {
    this.#restoration.end();
    assert(!this.#isSealing, "no call while the store is being sealed");
    assert(this.#lender.lent === 0, "no call while records are lent");
    this.#tops?.assertOut();
  }

  /**
   * Runs the first calls of a list, at least one: as many as can run before the log should be drained, or before one that cannot run.
   * The others are for the next batch.
   *
   * @param from The first call, if not the first of the list.
   * @throws As {@link StoreWorker.execute}, if the very first call cannot run.
   */
  executeBatch(calls: readonly StoreCall[], from = 0): StoreOutcome[] {
    this.#assertReady();
    const first = calls[from];
    assert(first !== undefined, "at least one call");
    if (this.#kv === null || first.function === TRANSACT) return this.#executeStaged(calls, from);
    return this.#executeKv(this.#kv, calls, from);
  }

  #executeKv(kv: KvBatch, calls: readonly StoreCall[], from: number): StoreOutcome[] {
    const outcomes: StoreOutcome[] = [];
    const count = kv.write(calls, from);
    for (let ran = 0; ran < count; ) {
      this.#makeReady();
      const { done, results } = kv.run(ran, count);
      if (results.length === 0) {
        if (ran === 0) throw this.wasm.exports.isForeign() === 1 ? foreignKey() : storeFull();
        break;
      }
      for (const result of results) {
        outcomes.push(this.#outcome(calls[from + outcomes.length] as StoreCall, result));
      }
      ran = done;
      if (this.pendingBytes > BATCH_LOG_BYTES_MAX) break;
    }
    return outcomes;
  }

  #executeStaged(calls: readonly StoreCall[], from: number): StoreOutcome[] {
    const outcomes: StoreOutcome[] = [];
    do {
      const call = calls[from + outcomes.length] as StoreCall;
      // Calls that can run in a batch are for the next one.
      if (this.#kv !== null && call.function !== TRANSACT) break;
      try {
        outcomes.push(this.#runStaged(call, NOTHING_LENT));
      } catch (error) {
        if (outcomes.length === 0) throw error;
        // Nothing of it happened, and the next batch, which begins with it, says why.
        break;
      }
    } while (from + outcomes.length < calls.length && this.pendingBytes <= BATCH_LOG_BYTES_MAX);
    return outcomes;
  }

  #runStaged(call: StoreCall, loans: Loans): StoreOutcome {
    const prepared = this.#staged.prepare(call, loans);
    this.#makeReady();
    this.#staged.run(call, prepared, loans);
    return this.#outcome(call, prepared.result());
  }

  #outcome({ requestId }: StoreCall, result: Uint8Array): StoreOutcome {
    this.#calls++;
    const leafIndex = requestId === null ? null : BigInt(this.#leafCount++);
    return { result, epoch: this.#epoch, leafIndex };
  }

  /** Room in the log, and an epoch that can go on (H10): one of so many steps is as good as over. */
  #makeReady(): void {
    const { exports } = this.wasm;
    this.#isAtRest = false;
    if (exports.hasRoom() !== 1) this.wasm.takeFrames();
    // Of several workers none may enter an epoch by itself: half of the counter's range is left for whoever leads them.
    if (this.#threads > 1 || exports.mustEndEpoch() !== 1) return;
    if (this.#closing !== null) this.continueEpochClose(Number.POSITIVE_INFINITY);
    this.beginEpochClose();
    if (exports.hasRoom() !== 1) this.wasm.takeFrames();
  }

  /** Has the epoch counted so far that it should end (H10)? A store with all the keys ends it by itself. */
  get isEpochDue(): boolean {
    return this.wasm.exports.mustEndEpoch() === 1;
  }

  /** The epoch that calls run in now. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Records the store knows, absent ones that were asked for included. */
  get recordCount(): number {
    return this.wasm.exports.recordCount();
  }

  /** The epoch being closed, null if none is. */
  get closing(): number | null {
    return this.#closing;
  }

  /**
   * Lets calls run in the next epoch; returns the one to be closed by {@link
   * StoreWorker.continueEpochClose}.
   */
  beginEpochClose(): number {
    assert(this.#closing === null, `no epoch being closed, got epoch ${this.closing}`);
    assert(!this.#isSealing, "a store that is not being sealed");
    assert(this.#lender.lent === 0, "an epoch with everything that was lent back");
    this.#leaveEpoch();
    const epoch = this.#epoch;
    this.wasm.exports.beginEpochClose();
    this.#closing = epoch;
    this.#startEpoch();
    return epoch;
  }

  /**
   * Migrates at most `budget` deferred records of the epoch being closed.
   *
   * @returns True when all are, and the epoch is committed to the monitor.
   */
  continueEpochClose(budget: number): boolean {
    assert(budget > 0, `a positive budget, got ${budget}`);
    assert(this.#closing !== null, "an epoch being closed");
    const { exports } = this.wasm;
    if (!this.#move(budget, (elements) => exports.continueEpochClose(elements))) return false;
    this.#closing = null;
    if (this.#warmth?.learn(exports.renewedElements())) this.wasm.setPolicy(this.#warmth.policy);
    return true;
  }

  /**
   * Ends the epoch with everything back in the tree, hot records too, and commits it: the root alone
   * is left in the monitor's slot 0, so that another monitor can go on from {@link
   * StoreWorker.rootValue}. Moves at most `budget` elements; between its steps no call may run. An
   * epoch that is being closed is finished first.
   *
   * One of several workers is left with the nodes of its groups: {@link StoreWorker.handBack} and {@link StoreWorker.endSeal} follow.
   *
   * @returns True when the store is sealed; calls run in the next epoch then.
   */
  seal(budget: number = Number.POSITIVE_INFINITY): boolean {
    assert(budget > 0, `a positive budget, got ${budget}`);
    assert(this.#lender.lent === 0, "a seal with everything that was lent back");
    if (this.#closing !== null && !this.continueEpochClose(budget)) return false;
    if (!this.#isSealing) this.#leaveEpoch();
    this.#isSealing = true;
    if (!this.#move(budget, (elements) => this.wasm.exports.seal(elements))) return false;
    if (this.#tops === null) this.#commitSeal();
    return true;
  }

  #commitSeal(): void {
    this.wasm.exports.endSeal();
    this.#isSealing = false;
    this.#startEpoch();
    this.#isAtRest = true;
  }

  /**
   * One of several workers: hands the nodes of its groups back, in deferred memory, when {@link StoreWorker.seal} is done. If the tree was at
   * rest already they are with thread 0, and there are none.
   */
  handBack(): HandedTop[] {
    assert(this.#isSealing, "a store that is being sealed");
    return this.#several().handBack();
  }

  /** One of several workers, after {@link StoreWorker.handBack}: ends the epoch and commits it; thread 0 when it has taken all nodes back. */
  endSeal(): void {
    assert(this.#isSealing, "a store that is being sealed");
    this.#several().assertHome();
    if (this.wasm.exports.hasRoom() !== 1) this.wasm.takeFrames();
    this.#commitSeal();
  }

  /** Thread 0: entries up to this counter of the epoch stand in the log that this store did not write. */
  beyond(counter: number): void {
    this.wasm.exports.begin((BigInt(this.#epoch) << EPOCH_BITS) + BigInt(counter));
  }

  /** One of several workers: takes its groups' nodes, which thread 0 evicted at these counters of the epoch, by group. Calls may run then. */
  adopt(times: readonly number[]): void {
    this.#restoration.end();
    this.#isAtRest = false;
    this.#several().adopt(
      (group) => (BigInt(this.#epoch) << EPOCH_BITS) + BigInt(times[group] ?? 0),
    );
  }

  /** One of several workers, at rest: values of its groups' nodes. */
  topValues(): readonly TopValue[] {
    this.#restoration.assertWhole();
    return this.#several().values();
  }

  #several(): Tops {
    assert(this.#tops !== null, "one of several workers");
    return this.#tops;
  }

  /** Lets the module move elements; true when all are moved. It pauses for a full log, which with a limited budget ends the step. */
  #move(budget: number, step: (elements: number) => number): boolean {
    for (;;) {
      const isDone = step(Math.min(budget, BUDGET_MAX)) === 1;
      if (this.wasm.exports.hasRoom() !== 1) this.wasm.takeFrames();
      if (isDone || budget <= BUDGET_MAX) return isDone;
    }
  }

  #leaveEpoch(): void {
    this.#restoration.end();
    assert(this.#epoch < EPOCH_MAX, `an epoch that another can follow, got ${this.#epoch}`);
    this.#isAtRest = false;
  }

  #startEpoch(): void {
    this.#epoch++;
    this.#leafCount = 0;
  }

  /**
   * The value of the tree's root as the monitor has it (docs/formats.md §3). Names the whole state
   * only right after {@link StoreWorker.seal}.
   */
  get rootValue(): Uint8Array {
    this.#restoration.assertWhole();
    const { exports, memory } = this.wasm;
    const at = exports.requestsAddress();
    return memory.slice(at, at + exports.rootValue());
  }

  /** Log bytes not yet drained. */
  get pendingBytes(): number {
    return this.wasm.pendingBytes;
  }

  /**
   * Takes the log since the last call: whole frames of at most FRAME_BYTES_MAX bytes; the store
   * does not touch them again.
   */
  drain(): Uint8Array[] {
    this.#drainedBytes += this.wasm.pendingBytes;
    return this.wasm.drain();
  }

  get statistics(): StoreStatistics {
    const logBytes = this.#drainedBytes + this.pendingBytes;
    return { ...elementStatistics(this.wasm), calls: this.#calls, logBytes };
  }
}
