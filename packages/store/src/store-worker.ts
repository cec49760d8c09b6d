// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { kvFunctionNumber } from "@zeta/protocol/kv";
import { CALL_SLOTS_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { Borrower } from "./borrower.ts";
import type { FunctionTable } from "./function-table.ts";
import { KvBatch } from "./kv-batch.ts";
import { KV_FUNCTION_TABLE } from "./kv-functions.ts";
import { Lender } from "./lender.ts";
import {
  BATCH_LOG_BYTES_MAX,
  CELL_BYTES,
  EPOCH_COUNTER_MAX,
  RECORDS_DEFAULT,
  RECORDS_MAX,
  SLOTS_BESIDE_CALL,
  SLOTS_DEFAULT,
  VALUE_MEMORY_PER_RECORD,
} from "./limits.ts";
import { type Loan, Loans } from "./loan.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import { foreignKey, storeFull } from "./refused-call.ts";
import { StagedCalls } from "./staged-call.ts";
import type { StoreCall, StoreOutcome } from "./store-call.ts";
import { Warmth } from "./warmth.ts";
import { BytesStore } from "./wasm/bytes-store.ts";
import type { StoreShare } from "./wasm/share-out.ts";

export type { StoreCall, StoreOutcome } from "./store-call.ts";

export interface StoreOptions {
  /** This worker's monitor thread; 0 holds the root. */
  readonly thread: number;
  /** Monitor threads of the instance, each with a worker of its own. */
  readonly threads: number;
  /** The keys of this worker, if there are several (`shareOut`). */
  readonly share?: StoreShare;
  /** Slots of the monitor thread; must equal the enclave's. Default {@link SLOTS_DEFAULT}. */
  readonly slots?: number;
  /**
   * The monitor thread's memory for values, in bytes; must equal the enclave's. The values in slots
   * never exceed it.
   */
  readonly valueMemoryBytes: number;
  /** The service. Default: the built-in key-value service, which runs in batches. */
  readonly functions?: FunctionTable;
  /** Where records go that leave their slots. Default: warm while used lately ({@link Warmth}). */
  readonly policy?: PlacementPolicy;
  /** Most records. Costs address space, of which values get the rest. Default {@link RECORDS_DEFAULT}. */
  readonly recordsMax?: number;
  /** The counter at which a new epoch is forced. Default {@link EPOCH_COUNTER_MAX}. */
  readonly epochCounterMax?: number;
}

/** Numbers of records, nodes, slots and cells, as they are now. */
export interface StoreStatistics {
  /** Records in slots, in deferred memory and in the tree. */
  readonly hot: number;
  readonly warm: number;
  readonly cold: number;
  /** Nodes of the tree, wherever they are. */
  readonly nodes: number;
  readonly nodesHot: number;
  readonly nodesWarm: number;
  readonly nodesCold: number;
  readonly slotsUsed: number;
  /** In the monitor's value memory. */
  readonly valueBytesUsed: number;
  /** In this store's own memory: blocks that hold values. */
  readonly heapBytesUsed: number;
  readonly calls: number;
  readonly logBytes: number;
}

const NOTHING_LENT = new Loans([]);

/** The one key-value function over several records. */
const TRANSACT = kvFunctionNumber("transact");

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
  #epoch = 0;
  #closing: number | null = null;
  #isSealing = false;
  #leafCount = 0;
  #calls = 0;
  #drainedBytes = 0;

  /** @throws ZetaError `store_options` for options that no store can work with. */
  constructor(options: StoreOptions) {
    const { functions, policy, share } = options;
    const slots = options.slots ?? SLOTS_DEFAULT;
    const recordsMax = options.recordsMax ?? RECORDS_DEFAULT;
    checkOptions(options, { slots, recordsMax, recordsPerCall: recordsReserved(functions) });
    this.#warmth = policy === undefined ? new Warmth() : null;
    this.wasm = new BytesStore({
      slots,
      recordsMax,
      valueCells: Math.min(Math.floor(options.valueMemoryBytes / CELL_BYTES), 2 ** 26),
      epochCounterMax: options.epochCounterMax ?? EPOCH_COUNTER_MAX,
      policy: policy ?? new Warmth().policy,
      ...(share !== undefined && { share }),
    });
    this.#threads = options.threads;
    this.#lender = new Lender(this.wasm);
    this.#kv = functions === undefined ? new KvBatch(this.wasm) : null;
    const borrower = share === undefined ? null : new Borrower(this.wasm);
    this.#staged = new StagedCalls(this.wasm, functions ?? KV_FUNCTION_TABLE, borrower);
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
    assert(!this.#isSealing, "no call while the store is being sealed");
    assert(this.#lender.lent === 0, "no call while records are lent");
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
   * @returns True when the store is sealed; calls run in the next epoch then.
   */
  seal(budget: number = Number.POSITIVE_INFINITY): boolean {
    assert(budget > 0, `a positive budget, got ${budget}`);
    assert(this.#threads === 1, "one worker, since the others' nodes have no parent there");
    if (this.#closing !== null && !this.continueEpochClose(budget)) return false;
    this.#isSealing = true;
    if (!this.#move(budget, (elements) => this.wasm.exports.seal(elements))) return false;
    this.#isSealing = false;
    this.#startEpoch();
    return true;
  }

  /** Lets the module move elements; true when all are moved. It pauses for a full log, which with a limited budget ends the step. */
  #move(budget: number, step: (elements: number) => number): boolean {
    for (;;) {
      const isDone = step(Math.min(budget, BUDGET_MAX)) === 1;
      if (this.wasm.exports.hasRoom() !== 1) this.wasm.takeFrames();
      if (isDone || budget <= BUDGET_MAX) return isDone;
    }
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
    const { exports } = this.wasm;
    const records = exports.recordCount();
    const hot = exports.hotRecords();
    const warm = exports.deferredRecords();
    const nodes = exports.nodeCount();
    const slotsUsed = exports.usedSlots();
    const nodesWarm = exports.deferredNodes();
    return {
      hot,
      warm,
      cold: records - hot - warm,
      nodes,
      nodesHot: slotsUsed - hot,
      nodesWarm,
      nodesCold: nodes - nodesWarm - (slotsUsed - hot),
      slotsUsed,
      valueBytesUsed: exports.cellsInUse() * CELL_BYTES,
      heapBytesUsed: exports.heapBytes(),
      calls: this.#calls,
      logBytes: this.#drainedBytes + this.pendingBytes,
    };
  }
}

/** Each call of the key-value service but a transaction, which may be refused, touches one. */
function recordsReserved(functions: FunctionTable | undefined): number {
  return functions === undefined ? 1 : (functions.recordsReserved ?? functions.recordsPerCallMax);
}

interface Sizes {
  readonly slots: number;
  readonly recordsMax: number;
  readonly recordsPerCall: number;
}

function checkOptions(options: StoreOptions, { slots, recordsMax, recordsPerCall }: Sizes): void {
  const { thread, threads, share, valueMemoryBytes } = options;
  if (!Number.isInteger(thread) || thread < 0 || thread >= threads) {
    throw refused(`expected a thread below ${threads}, got ${thread}`);
  }
  if (threads > 1 !== (share !== undefined) || (share?.thread ?? thread) !== thread) {
    throw refused(`expected the share of thread ${thread} of ${threads}, got another or none`);
  }
  assert(
    recordsPerCall >= 1 && recordsPerCall <= CALL_SLOTS_MAX,
    `1..${CALL_SLOTS_MAX} records per call`,
  );
  // The nodes of its groups stay in slots.
  const slotsMin = recordsPerCall + SLOTS_BESIDE_CALL + (share?.groups.length ?? 0);
  if (!Number.isInteger(slots) || slots < slotsMin || slots > SLOTS_MAX) {
    throw refused(`expected ${slotsMin}..${SLOTS_MAX} slots, got ${slots}`);
  }
  const bytesMin = recordsPerCall * VALUE_MEMORY_PER_RECORD;
  if (!(valueMemoryBytes >= bytesMin)) {
    throw refused(`expected at least ${bytesMin} bytes of value memory, got ${valueMemoryBytes}`);
  }
  if (!Number.isInteger(recordsMax) || recordsMax < 1 || recordsMax > RECORDS_MAX) {
    throw refused(`expected 1..${RECORDS_MAX} records, got ${recordsMax}`);
  }
}

function refused(message: string): ZetaError {
  return new ZetaError("store_options", message);
}
