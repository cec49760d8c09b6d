// SPDX-License-Identifier: Apache-2.0
import { keyDigest } from "@zeta/protocol/digest";
import { assert, ZetaError } from "@zeta/protocol/error";
import {
  ARGUMENT_BYTES_MAX,
  CALL_SLOTS_MAX,
  REQUEST_ID_BYTES,
  SLOTS_MAX,
  VALUE_BYTES_MAX,
} from "@zeta/protocol/limits";
import { MonitorClock } from "./clock.ts";
import { EpochClose } from "./epoch-close.ts";
import type { FunctionOutcome, FunctionTable } from "./function-table.ts";
import { KV_FUNCTION_TABLE } from "./kv-functions.ts";
import {
  CELL_BYTES,
  cellsFor,
  EPOCH_COUNTER_MAX,
  SLOTS_BESIDE_CALL,
  SLOTS_DEFAULT,
  VALUE_MEMORY_PER_RECORD,
} from "./limits.ts";
import { LogWriter } from "./log-writer.ts";
import { Placement } from "./placement.ts";
import { type PlacementPolicy, warmFor } from "./placement-policy.ts";
import type { StoredRecord } from "./record.ts";
import { nameOf, RecordIndex } from "./record-index.ts";
import { Seal } from "./seal.ts";
import { SlotTable } from "./slot-table.ts";

export interface StoreOptions {
  /** This worker's monitor thread: 0, which holds the root. */
  readonly thread: number;
  /** Monitor threads of the instance: 1. */
  readonly threads: number;
  /** Slots of the monitor thread; must equal the enclave's. Default {@link SLOTS_DEFAULT}. */
  readonly slots?: number;
  /**
   * The monitor thread's memory for values, in bytes; must equal the enclave's. The values in slots
   * never exceed it.
   */
  readonly valueMemoryBytes: number;
  /** The service. Default: the built-in key-value service. */
  readonly functions?: FunctionTable;
  /** Where records go that leave their slots. Default: warm while used in the last epochs. */
  readonly policy?: PlacementPolicy;
  /** The counter at which a new epoch is forced. Default {@link EPOCH_COUNTER_MAX}. */
  readonly epochCounterMax?: number;
}

export interface StoreCall {
  readonly function: number;
  readonly argument: Uint8Array;
  /** 16 random bytes of the client, or null for a call without receipt. */
  readonly requestId: Uint8Array | null;
}

export interface StoreOutcome {
  readonly result: Uint8Array;
  readonly epoch: number;
  /** Index among the epoch's receipt leaves of this thread, null without request id. */
  readonly leafIndex: bigint | null;
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
  readonly valueBytesUsed: number;
  readonly calls: number;
  readonly logBytes: number;
}

/**
 * The untrusted store of one monitor thread: runs calls on its own copy of the data and writes the
 * log from which the monitor convinces itself. Follows the host's obligations (PROTOCOL §10), so
 * what it did honestly is always certified.
 *
 * @example
 * const store = new StoreWorker({ thread: 0, threads: 1, valueMemoryBytes: 64 << 20 });
 * const { result } = store.execute({ function: 0, argument: utf8("alice"), requestId: null });
 * for (const frame of store.drain()) enclave.verifyLog(0, frame);
 */
export class StoreWorker {
  /** @internal The parts, for tampering.ts and tests. */
  readonly placement: Placement;
  /** @internal */
  readonly index = new RecordIndex();
  readonly #slots: SlotTable;
  readonly #log = new LogWriter();
  readonly #clock = new MonitorClock();
  readonly #functions: FunctionTable;
  readonly #policy: PlacementPolicy;
  readonly #epochCounterMax: number;
  /**
   * Names, records and values of the call that is being executed; kept to spare the garbage
   * collector.
   */
  readonly #names: string[] = [];
  readonly #records: (StoredRecord | null)[] = [];
  readonly #before: (Uint8Array | null)[] = [];
  #close: EpochClose | null = null;
  #seal: Seal | null = null;
  #leafCount = 0;
  #calls = 0;
  #drainedBytes = 0;

  /** @throws ZetaError `store_options` for options that no store can work with. */
  constructor(options: StoreOptions) {
    const slots = options.slots ?? SLOTS_DEFAULT;
    this.#functions = options.functions ?? KV_FUNCTION_TABLE;
    this.#policy = options.policy ?? warmFor();
    this.#epochCounterMax = options.epochCounterMax ?? EPOCH_COUNTER_MAX;
    checkOptions(options, slots, this.#functions.recordsPerCallMax);
    this.#slots = new SlotTable(slots, Math.floor(options.valueMemoryBytes / CELL_BYTES));
    this.placement = new Placement({
      thread: options.thread,
      log: this.#log,
      clock: this.#clock,
      slots: this.#slots,
      policy: this.#policy,
    });
  }

  /**
   * Runs a call: on the mirror first, which decides whether it can happen at all, then in the log.
   *
   * @throws ZetaError `R.fid`, `R.consume`, `R.distinct`, `D.length`, or what the function says of
   * its argument; nothing is logged then.
   */
  execute(call: StoreCall): StoreOutcome {
    checkCall(call);
    assert(this.#seal === null, "no call while the store is being sealed");
    const { argument, requestId } = call;
    const parse = this.#functions.functions[call.function];
    if (parse === undefined) {
      throw new ZetaError("R.fid", `expected a function of the service, got ${call.function}`);
    }
    const { keys, apply } = parse(argument);
    this.#lookUp(keys);
    const outcome = apply(this.#before);
    checkOutcome(outcome, keys.length);
    // Nothing below this line can fail for a reason that a caller controls.
    this.#forceEpoch();
    this.#gather(keys);
    this.#makeCells(outcome.values);
    this.#log.runApp(call.function, requestId, this.#records as StoredRecord[], argument);
    this.#release(outcome.values);
    this.#calls++;
    const leafIndex = requestId === null ? null : BigInt(this.#leafCount++);
    return { result: outcome.result, epoch: this.#clock.epoch, leafIndex };
  }

  /** The epoch that calls run in now. */
  get epoch(): number {
    return this.#clock.epoch;
  }

  /** Records the store knows, absent ones that were asked for included. */
  get recordCount(): number {
    return this.index.size;
  }

  /** The epoch being closed, null if none is. */
  get closing(): number | null {
    return this.#close?.epoch ?? null;
  }

  /**
   * Lets calls run in the next epoch; returns the one to be closed by {@link
   * StoreWorker.continueEpochClose}.
   */
  beginEpochClose(): number {
    assert(this.#close === null, `no epoch being closed, got epoch ${this.closing}`);
    assert(this.#seal === null, "a store that is not being sealed");
    const epoch = this.#clock.epoch;
    this.#log.nextEpoch();
    this.#clock.nextEpoch();
    this.#leafCount = 0;
    this.#close = new EpochClose(epoch, this.#clock, this.placement, this.#policy);
    return epoch;
  }

  /**
   * Migrates at most `budget` deferred records of the epoch being closed.
   *
   * @returns True when all are, and the epoch is committed to the monitor.
   */
  continueEpochClose(budget: number): boolean {
    assert(budget > 0, `a positive budget, got ${budget}`);
    assert(this.#close !== null, "an epoch being closed");
    if (!this.#close.step(budget)) return false;
    this.#log.verifyEpoch();
    this.#close = null;
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
    if (this.#close !== null && !this.continueEpochClose(budget)) return false;
    this.#seal ??= new Seal(this.placement);
    if (!this.#seal.step(budget)) return false;
    this.#seal = null;
    this.#log.nextEpoch();
    this.#clock.nextEpoch();
    this.#leafCount = 0;
    this.#log.verifyEpoch();
    return true;
  }

  /**
   * The value of the tree's root as the monitor has it (docs/formats.md §3). Names the whole state
   * only right after {@link StoreWorker.seal}.
   */
  get rootValue(): Uint8Array {
    return this.placement.rootValue;
  }

  /** Log bytes not yet drained. */
  get pendingBytes(): number {
    return this.#log.pendingBytes;
  }

  /**
   * Takes the log since the last call: whole frames of at most FRAME_BYTES_MAX bytes; the store
   * does not touch them again.
   */
  drain(): Uint8Array[] {
    this.#drainedBytes += this.#log.pendingBytes;
    return this.#log.drain();
  }

  get statistics(): StoreStatistics {
    const { record, node } = this.placement.counts;
    return {
      hot: record.slot,
      warm: record.deferred,
      cold: record.merkle,
      nodes: node.slot + node.deferred + node.merkle,
      nodesHot: node.slot,
      nodesWarm: node.deferred,
      nodesCold: node.merkle,
      slotsUsed: this.#slots.slotsUsed,
      valueBytesUsed: this.#slots.cellsUsed * CELL_BYTES,
      calls: this.#calls,
      logBytes: this.#drainedBytes + this.#log.pendingBytes,
    };
  }

  /** Names, records (null: not known yet) and values of a call's keys. */
  #lookUp(keys: readonly Uint8Array[]): void {
    const max = this.#functions.recordsPerCallMax;
    assert(keys.length > 0 && keys.length <= max, `1..${max} keys, got ${keys.length}`);
    if (this.#names.length !== keys.length) this.#resizeCall(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const name = nameOf(keys[i] as Uint8Array);
      if (i > 0 && this.#names.lastIndexOf(name, i - 1) !== -1) {
        throw new ZetaError("R.distinct", "expected distinct keys in one call, got one twice");
      }
      const record = this.index.find(name);
      this.#names[i] = name;
      this.#records[i] = record;
      this.#before[i] = record === null ? null : record.value;
    }
  }

  /** Setting a length is slow, and most services have calls of one size only. */
  #resizeCall(count: number): void {
    this.#names.length = count;
    this.#records.length = count;
    this.#before.length = count;
  }

  /** Puts all the call's records into slots and pins them there. */
  #gather(keys: readonly Uint8Array[]): void {
    for (let i = 0; i < keys.length; i++) {
      let record = this.#records[i] ?? null;
      if (record === null) {
        record = this.placement.insert(keyDigest(keys[i] as Uint8Array));
        this.index.add(this.#names[i] as string, record);
        this.#records[i] = record;
      } else this.placement.access(record);
      this.placement.pin(record);
    }
  }

  /** Values that grow need their cells before the monitor writes them. */
  #makeCells(values: readonly (Uint8Array | null)[]): void {
    let growth = 0;
    for (let i = 0; i < values.length; i++) {
      const cells = this.#records[i]?.cells ?? 0;
      growth += Math.max(0, cellsFor(values[i] ?? null) - cells);
    }
    if (growth > 0) this.placement.makeCells(growth);
  }

  /** Writes the values and lets the records go again. */
  #release(values: readonly (Uint8Array | null)[]): void {
    for (let i = values.length - 1; i >= 0; i--) {
      const record = this.#records[i] as StoredRecord;
      this.placement.setValue(record, values[i] ?? null);
      this.placement.unpin(record);
    }
  }

  /** Keeps the counter away from its end (H10). An epoch of so many steps is as good as over. */
  #forceEpoch(): void {
    if (this.#clock.counter < this.#epochCounterMax) return;
    if (this.#close !== null) this.continueEpochClose(Number.POSITIVE_INFINITY);
    this.beginEpochClose();
  }
}

function checkOptions(options: StoreOptions, slots: number, records: number): void {
  const { thread, threads, valueMemoryBytes } = options;
  if (threads !== 1 || thread !== 0) {
    throw refused(`expected thread 0 of 1, got thread ${thread} of ${threads}`);
  }
  assert(records >= 1 && records <= CALL_SLOTS_MAX, `1..${CALL_SLOTS_MAX} records per call`);
  const slotsMin = records + SLOTS_BESIDE_CALL;
  if (!Number.isInteger(slots) || slots < slotsMin || slots > SLOTS_MAX) {
    throw refused(`expected ${slotsMin}..${SLOTS_MAX} slots, got ${slots}`);
  }
  const bytesMin = records * VALUE_MEMORY_PER_RECORD;
  if (!(valueMemoryBytes >= bytesMin)) {
    throw refused(`expected at least ${bytesMin} bytes of value memory, got ${valueMemoryBytes}`);
  }
}

function refused(message: string): ZetaError {
  return new ZetaError("store_options", message);
}

function checkCall({ argument, requestId }: StoreCall): void {
  if (argument.length > ARGUMENT_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected an argument of at most ${ARGUMENT_BYTES_MAX} bytes, got ${argument.length}`,
    );
  }
  if (requestId !== null && requestId.length !== REQUEST_ID_BYTES) {
    throw new ZetaError(
      "D.length",
      `expected a request id of ${REQUEST_ID_BYTES} bytes, got ${requestId.length}`,
    );
  }
}

/** A function of the service that breaks its contract must not get the log refused. */
function checkOutcome(outcome: FunctionOutcome, records: number): void {
  assert(outcome.values.length === records, "as many values as records");
  for (const value of outcome.values) {
    assert((value?.length ?? 0) <= VALUE_BYTES_MAX, `values of at most ${VALUE_BYTES_MAX} bytes`);
  }
}
