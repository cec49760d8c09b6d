// SPDX-License-Identifier: Apache-2.0
import { AGGREGATE_EPOCHS_OPEN_MAX } from "@zeta/protocol/limits";
import type { AggregateEvent, Aggregator, AggregatorOptions } from "../src/aggregator.ts";
import type { EpochContribution } from "../src/verdict.ts";
import { type RuleId, Rules } from "./rules.ts";
import { ELEMENTS_MAX, EMPTY_SET, type SetSum, sumOf } from "./set-hash.ts";

/** All shares that came in for an epoch. */
interface OpenEpoch {
  readonly shares: EpochContribution[];
}

/**
 * The aggregate of PROTOCOL §6 in the reference's manner: keeps every share and sums up when
 * somebody asks.
 */
export function createReferenceAggregator(
  options: AggregatorOptions,
  disabled: readonly RuleId[] = [],
): Aggregator {
  return new ReferenceAggregator(options, new Rules(disabled));
}

class ReferenceAggregator implements Aggregator {
  readonly #options: AggregatorOptions;
  readonly #rules: Rules;
  readonly #open = new Map<number, OpenEpoch>();
  #highest = -1;
  #max: number | null = null;
  #poisoned = false;
  /** A.prefix: the epoch that did not balance; none after it is certified. */
  #mismatch: number | null = null;

  constructor(options: AggregatorOptions, rules: Rules) {
    this.#options = options;
    this.#rules = rules;
  }

  get maxCertifiedEpoch(): number | null | "error" {
    return this.#poisoned ? "error" : this.#max;
  }

  poison(): void {
    this.#poisoned = true;
  }

  contribute(share: EpochContribution): boolean {
    const epoch = this.#poisoned ? null : this.#epochAt(share.epoch);
    const counted = epoch?.shares.some(({ thread }) => thread === share.thread) ?? false;
    if (epoch === null || counted) {
      this.#poisoned = true;
      return false;
    }
    epoch.shares.push(share);
    // P.once: under XOR a share merged twice would vanish.
    if (!this.#rules.does("P.once")) epoch.shares.push(share);
    if (this.#count(epoch, "add") > this.#most || this.#count(epoch, "evict") > this.#most) {
      this.#poisoned = true;
      return false;
    }
    while (!this.#poisoned && this.#certifyNext());
    return true;
  }

  /** The epoch to be certified next. */
  get #next(): number {
    return this.#max === null ? (this.#options.firstEpoch ?? 0) : this.#max + 1;
  }

  get #most(): bigint {
    return ELEMENTS_MAX[this.#options.profile];
  }

  /**
   * T.ring: where an epoch's shares are kept; by the 32-cell rule of the released monitor, or the
   * 32 epochs after the certified.
   */
  #epochAt(epoch: number): OpenEpoch | null {
    const size = AGGREGATE_EPOCHS_OPEN_MAX;
    if (this.#options.profile === "kv64") {
      if (epoch <= this.#highest) return this.#open.get(epoch) ?? null;
      for (const known of this.#open.keys()) {
        if (known % size === epoch % size) this.#open.delete(known);
      }
      this.#highest = epoch;
    } else {
      if (epoch < this.#next || epoch >= this.#next + size) return null;
    }
    const known = this.#open.get(epoch) ?? { shares: [] };
    this.#open.set(epoch, known);
    return known;
  }

  #count(epoch: OpenEpoch, set: "add" | "evict"): bigint {
    const counts = epoch.shares.map((share) => (set === "add" ? share.addCount : share.evictCount));
    return counts.reduce((sum, count) => sum + count, 0n);
  }

  #sum(epoch: OpenEpoch, set: "add" | "evict"): SetSum {
    const sets = epoch.shares.map((share) => setOf(share, set));
    return sets.reduce((sum, one) => sumOf(sum, one, this.#rules), EMPTY_SET);
  }

  /** Certifies one epoch if it may be; true: look at the next one too. */
  #certifyNext(): boolean {
    const number = this.#next;
    if (this.#mismatch === number) return this.#skip(number);
    const epoch = this.#open.get(number);
    if (epoch === undefined || !this.#isComplete(epoch)) return false;
    const add = this.#sum(epoch, "add");
    const evict = this.#sum(epoch, "evict");
    const countsDiffer = this.#rules.does("A.count") && add.count !== evict.count;
    const sumsDiffer = add.lanes.some((lane, i) => lane !== evict.lanes[i]);
    if (countsDiffer || (this.#rules.does("A.hash") && sumsDiffer)) {
      this.#mismatch = number;
      const check = countsDiffer ? "A.count" : "A.hash";
      this.#options.report?.({ kind: "mismatch", epoch: number, check });
      return this.#skip(number);
    }
    this.#max = number;
    this.#options.report?.(this.#certified(number, epoch));
    return true;
  }

  /** Without A.prefix an epoch that does not balance would be passed over. */
  #skip(number: number): boolean {
    if (this.#rules.does("A.prefix")) return false;
    this.#max = number;
    return true;
  }

  /** A.all: every thread has committed the epoch. */
  #isComplete(epoch: OpenEpoch): boolean {
    const needed = this.#rules.does("A.all") ? this.#options.threads : 1;
    return new Set(epoch.shares.map(({ thread }) => thread)).size >= needed;
  }

  #certified(number: number, { shares }: OpenEpoch): AggregateEvent {
    const byThread = [...shares].sort((a, b) => a.thread - b.thread);
    const threads = byThread.map(({ leafCount, receiptsRoot }) => ({ leafCount, receiptsRoot }));
    const operations = shares.reduce((sum, share) => sum + share.operations, 0n);
    return { kind: "certified", epoch: number, operations, threads };
  }
}

function setOf(share: EpochContribution, set: "add" | "evict"): SetSum {
  const bytes = set === "add" ? share.add : share.evict;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lanes = [0, 8, 16, 24].map((offset) => view.getBigUint64(offset, true));
  return { lanes, count: set === "add" ? share.addCount : share.evictCount };
}
