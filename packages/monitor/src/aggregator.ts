// SPDX-License-Identifier: Apache-2.0
import type { ThreadReceipts } from "@zeta/protocol/certificate";
import { AGGREGATE_EPOCHS_OPEN_MAX } from "@zeta/protocol/limits";
import { createReferenceTable, createWindowTable, type EpochTable } from "./epoch-table.ts";
import type { EpochContribution } from "./verdict.ts";

/** News from the aggregate, in the order in which it became true. */
export type AggregateEvent =
  | {
      readonly kind: "certified";
      readonly epoch: number;
      /** Application calls of this epoch, over all threads. */
      readonly operations: bigint;
      /** One entry per thread, by thread number. */
      readonly threads: readonly ThreadReceipts[];
    }
  | {
      readonly kind: "mismatch";
      readonly epoch: number;
      readonly check: "A.count" | "A.hash";
    };

export interface AggregatorOptions {
  readonly profile: "kv64" | "bytes";
  readonly threads: number;
  /** The epoch that every thread contributes first; default 0. */
  readonly firstEpoch?: number;
  /** Called in the middle of `contribute`; must not throw. */
  readonly report?: (event: AggregateEvent) => void;
}

/** The state that the monitor threads of one instance share (protocol specification, section 6). */
export interface Aggregator {
  /**
   * Takes a thread's share of an epoch and certifies what became complete. False: refused, the
   * aggregate is unusable for ever.
   */
  contribute(contribution: EpochContribution): boolean;
  /** A.poison: no epoch is certified any more and every contribution is refused. */
  poison(): void;
  /** The last certified epoch, null before the first, "error" once poisoned. */
  readonly maxCertifiedEpoch: number | null | "error";
}

const LANES = 4;
/**
 * Profile `kv64` counts elements in a u32, as the reference does; otherwise the counters are u64
 * like the accumulators' lanes.
 */
const COUNT_MAX = { kv64: 0xffff_ffffn, bytes: 0xffff_ffff_ffff_ffffn } as const;

interface OpenEpoch {
  readonly add: BigUint64Array;
  readonly evict: BigUint64Array;
  addCount: bigint;
  evictCount: bigint;
  operations: bigint;
  readonly receipts: Map<number, ThreadReceipts>;
}

export function createAggregator(options: AggregatorOptions): Aggregator {
  return new EagerAggregator(options);
}

class EagerAggregator implements Aggregator {
  readonly #options: AggregatorOptions;
  readonly #open: EpochTable<OpenEpoch>;
  /** P.once: the one epoch each thread may contribute next. */
  readonly #expected: number[];
  readonly #first: number;
  #next: number;
  #poisoned = false;
  #mismatched = false;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    const create = options.profile === "kv64" ? createReferenceTable : createWindowTable;
    this.#first = options.firstEpoch ?? 0;
    this.#next = this.#first;
    this.#open = create<OpenEpoch>(AGGREGATE_EPOCHS_OPEN_MAX, emptyEpoch, this.#first);
    this.#expected = new Array<number>(options.threads).fill(this.#first);
  }

  get maxCertifiedEpoch(): number | null | "error" {
    if (this.#poisoned) return "error";
    return this.#next === this.#first ? null : this.#next - 1;
  }

  poison(): void {
    this.#poisoned = true;
  }

  contribute(contribution: EpochContribution): boolean {
    if (this.#poisoned) return false;
    if (!this.#merge(contribution)) {
      this.#poisoned = true;
      return false;
    }
    this.#advance();
    return true;
  }

  #merge(share: EpochContribution): boolean {
    // P.once: each thread gives each epoch exactly once, in order. The threads see to it
    // themselves; this is the second lock.
    if (this.#expected[share.thread] !== share.epoch) return false;
    const epoch = this.#open.touch(share.epoch);
    if (epoch === null) return false; // T.ring
    const countMax = COUNT_MAX[this.#options.profile];
    epoch.addCount += share.addCount;
    epoch.evictCount += share.evictCount;
    if (epoch.addCount > countMax || epoch.evictCount > countMax) return false; // H.count
    addLanes(epoch.add, share.add);
    addLanes(epoch.evict, share.evict);
    epoch.operations += share.operations;
    epoch.receipts.set(share.thread, {
      leafCount: share.leafCount,
      receiptsRoot: share.receiptsRoot.slice(),
    });
    this.#expected[share.thread] = share.epoch + 1;
    return true;
  }

  /**
   * Certification is eager, cumulative and contiguous (A.prefix): after an epoch that does not
   * balance nothing is certified.
   */
  #advance(): void {
    while (!this.#mismatched) {
      const number = this.#next;
      const epoch = this.#open.peek(number);
      if (epoch === null || epoch.receipts.size !== this.#options.threads) return; // A.all
      const refused = unbalanced(epoch);
      if (refused !== null) {
        this.#mismatched = true;
        this.#options.report?.({ kind: "mismatch", epoch: number, check: refused });
        return;
      }
      this.#next = number + 1;
      this.#options.report?.(certified(number, epoch, this.#options.threads));
      this.#open.finish(number);
    }
  }
}

function emptyEpoch(): OpenEpoch {
  return {
    add: new BigUint64Array(LANES),
    evict: new BigUint64Array(LANES),
    addCount: 0n,
    evictCount: 0n,
    operations: 0n,
    receipts: new Map(),
  };
}

/**
 * Adds an accumulator, four u64 little endian, lane by lane modulo 2^64 (the array type does the
 * modulo).
 */
function addLanes(sum: BigUint64Array, accumulator: Uint8Array): void {
  const view = new DataView(accumulator.buffer, accumulator.byteOffset, accumulator.byteLength);
  for (let lane = 0; lane < LANES; lane++) {
    sum[lane] = (sum[lane] ?? 0n) + view.getBigUint64(8 * lane, true);
  }
}

/**
 * The check that an epoch fails, null if it balances. All lanes are read before anything is
 * decided: the sums are secrets.
 */
function unbalanced(epoch: OpenEpoch): "A.count" | "A.hash" | null {
  let difference = 0n;
  for (let lane = 0; lane < LANES; lane++) {
    difference |= (epoch.add[lane] ?? 0n) ^ (epoch.evict[lane] ?? 0n);
  }
  if (epoch.addCount !== epoch.evictCount) return "A.count";
  return difference === 0n ? null : "A.hash";
}

function certified(number: number, epoch: OpenEpoch, threads: number): AggregateEvent {
  const receipts: ThreadReceipts[] = [];
  for (let thread = 0; thread < threads; thread++) {
    const ofThread = epoch.receipts.get(thread);
    if (ofThread !== undefined) receipts.push(ofThread);
  }
  return {
    kind: "certified",
    epoch: number,
    operations: epoch.operations,
    threads: receipts,
  };
}
