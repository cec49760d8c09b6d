// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { SLOTS_MAX } from "@zeta/protocol/limits";
import { EPOCH_COUNTER_MAX } from "../limits.ts";
import { recordStatistics } from "../store-statistics.ts";
import type { StoreShare } from "./share-out.ts";
import { type CompiledStore, type LinearMemory, webAssembly } from "./webassembly.ts";

/**
 * Where elements go. `hybrid` is the store; the others are its baselines: the tree alone, updated per operation or per sorted batch;
 * deferred memory alone; no monitor at all.
 */
export const KV64_PLACEMENTS = [
  "hybrid",
  "merkle",
  "merkle-sorted",
  "deferred",
  "unverified",
] as const;
export type Kv64Placement = (typeof KV64_PLACEMENTS)[number];

/** Operations that cross the border at once; `assembly/profile.ts` has the same number. */
export const BATCH_MAX = 4096;
/** Records of one store: what 26 bits can number (`assembly/key-index.ts`). */
export const RECORDS_MAX = 2 ** 26 - 2;
/** Root, a node, the fork below it, the record. */
export const SLOTS_MIN = 4;
/** More epochs than any record is left unused for before it is cold. */
export const RECORD_EPOCHS_MAX = 255;
/** Most demotions that a policy may allow to one close: more than there can be records and nodes. */
export const DEMOTIONS_MAX = 2 ** 27;
/** Elements that one round of a close can put in order; `assembly/profile.ts` has the same number. */
export const SWEEP_MAX = 2 ** 18;

/** Kinds of operations in {@link Kv64Batch.kinds}. */
export const GET = 0;
export const PUT = 1;
/** Answers in {@link Kv64Batch.kinds} after the batch. */
export const ABSENT = 0;
export const FOUND = 1;
/** The store holds as many records as it may; nothing was logged. */
export const REFUSED = 2;
/** Another worker owns the key; nothing was logged. */
export const FOREIGN = 3;

/** How long elements stay warm, and how much one close may cost. */
export interface WarmthPolicy {
  /** A record is warm that is used more than once in so many epochs; 0: none is. Up to {@link RECORD_EPOCHS_MAX}. */
  readonly recordEpochs: number;
  /** Epochs without use after which a node of the tree is cold. */
  readonly nodeEpochs: number;
  /** Most elements that one close demotes, up to {@link DEMOTIONS_MAX}; the others wait. Bounds the time to certification. */
  readonly demotionsMax: number;
  /** A close demotes in rounds of so many elements at most. Default {@link SWEEP_MAX}, which is also the most. */
  readonly roundMax?: number;
}

export interface Kv64StoreOptions {
  readonly module: CompiledStore;
  /** Slots of the monitor thread; must equal the monitor's. */
  readonly slots: number;
  /** Most records. Costs address space only. */
  readonly recordsMax: number;
  readonly placement?: Kv64Placement;
  readonly warmth?: WarmthPolicy;
  /** The counter at which a new epoch is forced. Default {@link EPOCH_COUNTER_MAX}. */
  readonly epochCounterMax?: number;
  /** The keys of this worker, if there are several. Default: all. */
  readonly share?: StoreShare;
}

/** Takes a log frame. The bytes are the store's own memory: they are there until the call returns. */
export type LogSink = (frame: Uint8Array) => void;

/** The operations of a batch: written by the caller before {@link Kv64Store.run}, replaced by the answers. */
export interface Kv64Batch {
  /** Per operation two numbers: key, and value (of a put) or answer (of a get that found one). */
  readonly words: BigUint64Array;
  /** Per operation {@link GET} or {@link PUT}; after the batch {@link ABSENT}, {@link FOUND} (before it), {@link REFUSED} or {@link FOREIGN}. */
  readonly kinds: Uint8Array;
}

/** The functions that `assembly/index.ts` exports; booleans arrive as 0 or 1. */
interface StoreExports {
  readonly memory: LinearMemory;
  init(
    slots: number,
    records: number,
    placement: number,
    epochCounterMax: number,
    thread: number,
    groupBits: number,
    valueCells: number,
  ): number;
  begin(time: bigint): void;
  adopt(group: number, time: bigint): number;
  setPolicy(recordEpochs: number, nodeEpochs: number, demotions: number, round: number): number;
  run(from: number, to: number): number;
  beginEpochClose(): void;
  continueEpochClose(budget: number): number;
  isClosing(): number;
  closingEpoch(): number;
  epoch(): number;
  counter(): number;
  batchAddress(): number;
  kindsAddress(): number;
  logAddress(): number;
  logBytes(): number;
  takeLog(): void;
  recordCount(): number;
  nodeCount(): number;
  usedSlots(): number;
  hotRecords(): number;
  renewedElements(): number;
  deferredRecords(): number;
  deferredNodes(): number;
  expel(key: bigint): number;
  valueAddress(key: bigint): number;
}

const WARMTH_DEFAULT: WarmthPolicy = { recordEpochs: 64, nodeEpochs: 2, demotionsMax: 1 << 16 };

/**
 * The store of one worker on 64-bit keys and values (profile `kv64`), in WebAssembly. Keys are answered in batches; a get of a key without
 * a value is answered by the store alone, since that profile has no call for it.
 *
 * @example
 * const store = new Kv64Store({ module, slots: 1024, recordsMax: 1_000_000 });
 * store.batch.words.set([17n, 4n]);
 * store.batch.kinds[0] = PUT;
 * store.run(1, (frame) => monitor.verifyLog(0, frame));
 */
export class Kv64Store {
  readonly batch: Kv64Batch;
  readonly #wasm: StoreExports;
  readonly #memory: Uint8Array;
  readonly #logAddress: number;

  /** @throws ZetaError `store_options` for numbers that no store can work with. */
  constructor(options: Kv64StoreOptions) {
    const { slots, recordsMax, placement = "hybrid", share } = options;
    // The nodes of its groups stay in slots.
    checkRange("slots", slots, SLOTS_MIN + (share?.groups.length ?? 0), SLOTS_MAX);
    checkRange("records", recordsMax, 1, RECORDS_MAX);
    const instance = new webAssembly.Instance(options.module, {});
    this.#wasm = instance.exports as StoreExports;
    const started = this.#wasm.init(
      slots,
      recordsMax,
      KV64_PLACEMENTS.indexOf(placement),
      options.epochCounterMax ?? EPOCH_COUNTER_MAX,
      share?.thread ?? 0,
      share?.groupBits ?? 0,
      0,
    );
    if (started !== 1) {
      throw refused(`expected records that fit into 4 GiB of memory, got ${recordsMax}`);
    }
    // The memory has all its address space now and never grows again, so views stay good.
    const { buffer } = this.#wasm.memory;
    this.#memory = new Uint8Array(buffer);
    this.#logAddress = this.#wasm.logAddress();
    this.batch = {
      words: new BigUint64Array(buffer, this.#wasm.batchAddress(), 2 * BATCH_MAX),
      kinds: new Uint8Array(buffer, this.#wasm.kindsAddress(), BATCH_MAX),
    };
    this.setWarmth(options.warmth ?? WARMTH_DEFAULT);
    if (share !== undefined) this.#adopt(share);
  }

  /** The log of it is taken with that of the first operations, or of the first close. */
  #adopt({ thread, groups, beginsAt }: StoreShare): void {
    if (thread === 0) this.#wasm.begin(BigInt(beginsAt));
    for (const { group, time } of groups) {
      assert(this.#wasm.adopt(group, BigInt(time)) === 1, "a slot for each group");
    }
  }

  /** Holds from the next epoch's close on. */
  setWarmth(policy: WarmthPolicy): void {
    const { recordEpochs, nodeEpochs, demotionsMax, roundMax = SWEEP_MAX } = policy;
    checkRange("epochs", recordEpochs, 0, RECORD_EPOCHS_MAX);
    checkRange("demotions", demotionsMax, 0, DEMOTIONS_MAX);
    checkRange("elements in a round", roundMax, 1, SWEEP_MAX);
    this.#wasm.setPolicy(recordEpochs, nodeEpochs, demotionsMax, roundMax);
  }

  /** Runs the first `count` operations of the batch. The sink has seen the log of all of them when this returns. */
  run(count: number, sink: LogSink): void {
    assert(count >= 0 && count <= BATCH_MAX, `at most ${BATCH_MAX} operations, got ${count}`);
    let done = this.#wasm.run(0, count);
    this.#takeLog(sink);
    while (done < count) {
      const before = done;
      done = this.#wasm.run(done, count);
      this.#takeLog(sink);
      // Not even one operation: the epoch has counted to its end (PROTOCOL §10, H10).
      if (done === before) this.#forceEpoch(sink);
    }
  }

  /** The epoch that operations run in now. */
  get epoch(): number {
    return this.#wasm.epoch() >>> 0;
  }

  /** The epoch being closed, null if none is. */
  get closing(): number | null {
    return this.#wasm.isClosing() === 1 ? this.#wasm.closingEpoch() >>> 0 : null;
  }

  /** Lets operations run in the next epoch; returns the one to be closed by {@link Kv64Store.continueEpochClose}. */
  beginEpochClose(): number {
    assert(this.closing === null, `no epoch being closed, got epoch ${this.closing}`);
    const { epoch } = this;
    this.#wasm.beginEpochClose();
    return epoch;
  }

  /**
   * Looks at no more than `budget` deferred elements of the epoch being closed.
   *
   * @returns True when the epoch is committed.
   */
  continueEpochClose(budget: number, sink: LogSink): boolean {
    assert(budget > 0, `a positive budget, got ${budget}`);
    assert(this.closing !== null, "an epoch being closed");
    const done = this.#wasm.continueEpochClose(budget) === 1;
    this.#takeLog(sink);
    return done;
  }

  get recordCount(): number {
    return this.#wasm.recordCount();
  }

  /** Numbers for people; counting what is deferred walks over all elements. */
  get statistics(): Kv64Statistics {
    const wasm = this.#wasm;
    return {
      ...recordStatistics(wasm),
      nodes: wasm.nodeCount(),
      nodesWarm: wasm.deferredNodes(),
      slotsUsed: wasm.usedSlots(),
      renewed: wasm.renewedElements(),
    };
  }

  /** @internal For a host that lies, and tests: the value stored now. */
  peek(key: bigint): bigint | null {
    const address = this.#wasm.valueAddress(key) >>> 0;
    return address === 0 ? null : this.#view().getBigUint64(address, true);
  }

  /** @internal Moves the record honestly out of its slot, then changes the stored value without a log entry. False: no such record. */
  overwriteValue(key: bigint, value: bigint): boolean {
    const address = this.#wasm.valueAddress(key) >>> 0;
    if (address === 0) return false;
    this.#wasm.expel(key);
    this.#view().setBigUint64(address, value, true);
    return true;
  }

  #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  #takeLog(sink: LogSink): void {
    const length = this.#wasm.logBytes();
    if (length === 0) return;
    sink(this.#memory.subarray(this.#logAddress, this.#logAddress + length));
    this.#wasm.takeLog();
  }

  #forceEpoch(sink: LogSink): void {
    if (this.closing === null) this.beginEpochClose();
    while (!this.continueEpochClose(BATCH_MAX, sink));
  }
}

/** Numbers of records and nodes, as they are now. */
export interface Kv64Statistics {
  /** Records in slots, in deferred memory and in the tree. */
  readonly hot: number;
  readonly warm: number;
  readonly cold: number;
  readonly nodes: number;
  readonly nodesWarm: number;
  readonly slotsUsed: number;
  /** Elements that the present or last close renewed. */
  readonly renewed: number;
}

function checkRange(what: string, number: number, least: number, most: number): void {
  if (!Number.isInteger(number) || number < least || number > most) {
    throw refused(`expected ${least}..${most} ${what}, got ${number}`);
  }
}

function refused(message: string): ZetaError {
  return new ZetaError("store_options", message);
}
