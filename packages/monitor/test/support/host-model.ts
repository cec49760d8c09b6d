// SPDX-License-Identifier: Apache-2.0
import {
  ancestorAt,
  type BaseKey,
  commonDepth,
  compareBaseKeys,
  direction,
  equalBaseKeys,
  isProperDescendant,
  ROOT,
} from "@zeta/protocol/base-key";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import { EMPTY_MERKLE_VALUE, withDescriptor } from "@zeta/protocol/record";
import { compareTimestamps, type Timestamp } from "@zeta/protocol/timestamp";
import { Mirror, type Node, type Place } from "./mirror.ts";
import type { Random } from "./random.ts";

interface HostThread {
  clock: Timestamp;
  lastEvicted: BaseKey;
  lastVerified: number;
  readonly slots: Map<number, Node>;
  readonly touched: Set<number>;
  readonly pinned: Set<Node>;
}

export interface HostFrame {
  readonly thread: number;
  readonly entries: readonly LogEntry[];
}

export interface HostOptions {
  readonly profile: Profile;
  readonly keyHash: "identity" | "blake2b";
  readonly threads: number;
  readonly slots: number;
  readonly random: Random;
}

/**
 * An honest host (PROTOCOL §10): mirrors what every monitor thread holds and writes logs that must
 * certify. It decides at random which thread works, what goes cold or warm, and when frames end.
 */
export class Host {
  readonly options: HostOptions;
  readonly frames: HostFrame[] = [];
  readonly #random: Random;
  readonly #threads: HostThread[];
  readonly #mirror: Mirror;
  #open: { thread: number; entries: LogEntry[] } | null = null;

  constructor(options: HostOptions) {
    this.options = options;
    this.#random = options.random;
    this.#threads = Array.from({ length: options.threads }, () => ({
      clock: { epoch: 0, counter: 0 },
      lastEvicted: ROOT,
      lastVerified: -1,
      slots: new Map(),
      touched: new Set(),
      pinned: new Set(),
    }));
    this.#mirror = new Mirror(options.profile, options.keyHash);
    this.#thread(0).slots.set(0, this.#mirror.root);
  }

  // --- what the workload asks for

  /**
   * Makes an application record present in a slot of the thread, and returns that slot with the
   * record's value.
   */
  access(thread: number, recordKey: Uint8Array): { slot: number; value: Uint8Array | null } {
    const node = this.#mirror.leaf(recordKey);
    const slot = this.#bring(thread, node);
    this.#unpinAll();
    return { slot, value: node.record.kind === "app" ? node.record.value : null };
  }

  /** The value of a record, wherever it is. */
  peek(recordKey: Uint8Array): Uint8Array | null {
    const { record } = this.#mirror.leaf(recordKey);
    return record.kind === "app" ? record.value : null;
  }

  /** The same for several distinct records, which are then in slots together. */
  accessAll(
    thread: number,
    recordKeys: readonly Uint8Array[],
  ): { slot: number; value: Uint8Array | null }[] {
    const nodes = recordKeys.map((key) => this.#mirror.leaf(key));
    const slots = nodes.map((node) => this.#bring(thread, node));
    this.#unpinAll();
    return nodes.map(({ record }, i) => ({
      slot: slots[i] ?? 0,
      value: record.kind === "app" ? record.value : null,
    }));
  }

  /** Writes a RunApp entry on several records and, into the mirror, the values it leaves behind. */
  runAll(
    thread: number,
    slots: readonly number[],
    fid: number,
    payload: Uint8Array,
    values: readonly (Uint8Array | null)[],
  ): void {
    for (const [i, slot] of slots.entries()) {
      const node = this.#thread(thread).slots.get(slot);
      if (node?.record.kind !== "app") throw new Error("expected a record in the slot");
      node.record = { ...node.record, value: values[i] ?? null };
    }
    this.#emit(thread, { type: "RunApp", function: fid, payload });
  }

  /** Writes a RunApp entry and, into the mirror, the value it leaves behind. */
  run(
    thread: number,
    slot: number,
    fid: number,
    payload: Uint8Array,
    after: Uint8Array | null,
  ): void {
    const node = this.#thread(thread).slots.get(slot);
    if (node?.record.kind !== "app") throw new Error("expected an application record in the slot");
    node.record = { ...node.record, value: after };
    this.#emit(thread, { type: "RunApp", function: fid, payload });
  }

  /** Evicts a random record that nothing hangs under, if there is one. */
  evictSomething(thread: number): void {
    const victims = this.#evictable(thread);
    if (victims.length > 0) this.#expel(this.#random.pick(victims));
  }

  /**
   * Ends the epoch that is open, on all threads; the records in deferred memory are carried over
   * it.
   */
  closeEpoch(work: (thread: number) => void): void {
    const epoch = Math.min(...this.#threads.map(({ lastVerified }) => lastVerified)) + 1;
    for (const thread of this.#shuffledThreads()) {
      this.#passBeyond(thread, epoch);
      // Pipelining: some work of the next epoch comes before this one is committed.
      if (this.#random.oneIn(3)) work(this.#random.below(this.options.threads));
    }
    for (const node of this.#random.shuffled(this.#mirror.nodes)) {
      if (this.#isOwed(node, epoch)) this.#carryOver(node, epoch);
      if (this.#random.oneIn(8)) work(this.#random.below(this.options.threads));
    }
    // The work above may have left nothing behind in this epoch: every clock is past it.
    for (const thread of this.#shuffledThreads()) {
      if (this.#thread(thread).lastVerified < epoch) this.#verifyEpoch(thread);
    }
  }

  /** All frames so far. */
  finish(): readonly HostFrame[] {
    this.#cut();
    return this.frames;
  }

  // --- moving records

  #bring(thread: number, node: Node): number {
    const { place } = node;
    if (place.at === "slot" && place.thread === thread) return this.#pin(thread, node, place.slot);
    if (place.at === "slot") {
      this.#toDeferred(node);
      return this.#bring(thread, node);
    }
    if (place.at === "deferred") return this.#addB(thread, node, place);
    const parent = this.#mirror.parentOf(node.key);
    if (parent === this.#mirror.root && thread !== 0) {
      // Only thread 0 holds the root: it fetches the record and hands it over.
      this.#bring(0, node);
      this.#toDeferred(node);
      return this.#bring(thread, node);
    }
    this.#bring(thread, parent);
    return place.at === "tree"
      ? this.#addM(thread, node, parent)
      : this.#create(thread, node, parent);
  }

  /**
   * Adds a record that never existed, with the inner node above it if the parent's edge must be
   * split.
   */
  #create(thread: number, node: Node, parent: Node): number {
    // First, for making room may evict the very child that the descriptor speaks of.
    this.#makeRoom(thread);
    const known = this.#mirror.descriptor(parent, node.key);
    if (known === null) return this.#addM(thread, node, parent);
    const depth = commonDepth(known.key, node.key);
    const key = ancestorAt(node.key, depth);
    const record = { kind: "internal", key, value: EMPTY_MERKLE_VALUE } as const;
    const between: Node = { key, record, place: { at: "nowhere" } };
    this.#mirror.remember(between);
    this.#addM(thread, between, parent);
    const carried = withDescriptor(EMPTY_MERKLE_VALUE, direction(known.key, depth), known);
    between.record = { ...record, value: carried };
    return this.#addM(thread, node, between);
  }

  #addM(thread: number, node: Node, parent: Node): number {
    const slot = this.#freeSlot(thread);
    const parentSlot = this.#slotOf(parent);
    this.#emit(thread, { type: "AddM", record: node.record, slot, parent: parentSlot });
    if (node.place.at === "nowhere") {
      this.#mirror.describe(parent, {
        key: node.key,
        hash: new Uint8Array(32),
        inDeferred: false,
      });
    }
    return this.#settle(thread, node, slot, "M");
  }

  #addB(thread: number, node: Node, place: Extract<Place, { at: "deferred" }>): number {
    if (place.time.epoch <= this.#thread(thread).lastVerified) {
      this.#carryOver(node, this.#thread(thread).lastVerified);
      return this.#bring(thread, node);
    }
    this.#prepareTouch(thread, place.time.epoch);
    const slot = this.#freeSlot(thread);
    const { time, thread: evictor } = place;
    this.#emit(thread, { type: "AddB", record: node.record, slot, time, thread: evictor });
    const state = this.#thread(thread);
    const after = { epoch: time.epoch, counter: time.counter + 1 };
    if (compareTimestamps(after, state.clock) > 0) {
      state.clock = after;
      state.lastEvicted = ROOT;
    }
    return this.#settle(thread, node, slot, "B");
  }

  #settle(thread: number, node: Node, slot: number, method: "M" | "B"): number {
    node.place = { at: "slot", thread, slot, method };
    this.#thread(thread).slots.set(slot, node);
    return this.#pin(thread, node, slot);
  }

  /**
   * Takes a record out of its slot: back into the tree if its parent is here, or into deferred
   * memory.
   */
  #expel(node: Node): void {
    const { place } = node;
    if (place.at !== "slot") return;
    const parent = this.#mirror.parentOf(node.key);
    const parentHere = parent.place.at === "slot" && parent.place.thread === place.thread;
    if (parentHere && this.#random.oneIn(2)) this.#evictM(node, parent, place);
    else this.#toDeferred(node);
  }

  #evictM(node: Node, parent: Node, { thread, slot }: Extract<Place, { at: "slot" }>): void {
    this.#expelKids(node);
    this.#emit(thread, { type: "EvictM", slot, parent: this.#slotOf(parent) });
    const hash = this.#mirror.valueHash(node.record);
    this.#mirror.describe(parent, { key: node.key, hash, inDeferred: false });
    this.#vacate(node, { at: "tree" });
  }

  #toDeferred(node: Node): void {
    const { place } = node;
    if (place.at !== "slot") throw new Error("expected a record in a slot");
    this.#expelKids(node);
    const { thread, slot, method } = place;
    const state = this.#thread(thread);
    this.#prepareTouch(thread, state.clock.epoch);
    const time = this.#nextTime(state, node.key);
    if (method === "B") this.#emit(thread, { type: "EvictB", slot, time });
    else {
      const parent = this.#mirror.parentOf(node.key);
      this.#emit(thread, { type: "EvictBM", slot, parent: this.#slotOf(parent), time });
      const known = this.#mirror.descriptor(parent, node.key);
      if (known !== null) this.#mirror.describe(parent, { ...known, inDeferred: true });
    }
    state.clock = time;
    state.lastEvicted = node.key;
    this.#vacate(node, { at: "deferred", time, thread });
  }

  /**
   * H3: children before parents. Only records that were added from this node's descriptors count.
   */
  #expelKids(node: Node): void {
    if (node.place.at !== "slot" || node.record.kind !== "internal") return;
    for (const known of node.record.value) {
      const kid = known === null ? null : this.#mirror.find(known.key);
      if (kid?.place.at === "slot" && kid.place.thread === node.place.thread) {
        if (kid.place.method === "M") this.#expel(kid);
      }
    }
  }

  #vacate(node: Node, place: Place): void {
    if (node.place.at === "slot") {
      const { slots, pinned } = this.#thread(node.place.thread);
      slots.delete(node.place.slot);
      pinned.delete(node);
    }
    node.place = place;
  }

  /**
   * H8: a record evicted in this epoch is added back by a thread that has not committed it, and
   * evicted again after it.
   */
  #carryOver(node: Node, epoch: number): void {
    if (node.place.at !== "deferred") return;
    const open = this.#shuffledThreads().filter((t) => this.#thread(t).lastVerified < epoch);
    const thread = open[0];
    if (thread === undefined) throw new Error("expected a thread that can still add the record");
    const { place } = node;
    this.#addB(thread, node, place);
    this.#passBeyond(thread, epoch);
    this.#toDeferred(node);
  }

  #isOwed({ place }: Node, epoch: number): boolean {
    return place.at === "deferred" && place.time.epoch <= epoch;
  }

  // --- epochs and time

  #passBeyond(thread: number, epoch: number): void {
    while (this.#thread(thread).clock.epoch <= epoch) {
      const state = this.#thread(thread);
      this.#emit(thread, { type: "NextEpoch" });
      state.clock = { epoch: state.clock.epoch + 1, counter: 0 };
      state.lastEvicted = ROOT;
    }
  }

  #verifyEpoch(thread: number): void {
    this.#emit(thread, { type: "VerifyEpoch" });
    this.#thread(thread).lastVerified++;
  }

  /**
   * Before a thread's first element in an epoch. By the table rule of `kv64` an earlier epoch
   * without elements would be lost, so it is committed first; nothing of it can be owed to this
   * thread alone.
   */
  #prepareTouch(thread: number, epoch: number): void {
    const state = this.#thread(thread);
    if (this.options.profile === "kv64") {
      for (let e = state.lastVerified + 1; e < epoch; e = state.lastVerified + 1) {
        if (state.touched.has(e)) break;
        this.#passBeyond(thread, e);
        this.#verifyEpoch(thread);
      }
    }
    state.touched.add(epoch);
  }

  /**
   * H4, H5: a time at which this key may be evicted: now, if the order of keys allows it, or a
   * little later.
   */
  #nextTime({ clock, lastEvicted }: HostThread, key: BaseKey): Timestamp {
    const sameTime = compareBaseKeys(lastEvicted, key) < 0 && this.#random.oneIn(2);
    if (sameTime) return clock;
    return { epoch: clock.epoch, counter: clock.counter + 1 + this.#random.below(3) };
  }

  // --- slots

  #makeRoom(thread: number): void {
    const isFull = this.#thread(thread).slots.size >= this.options.slots;
    if (isFull) this.#expel(this.#random.pick(this.#evictable(thread)));
  }

  #freeSlot(thread: number): number {
    this.#makeRoom(thread);
    const { slots } = this.#thread(thread);
    let slot = this.#random.below(this.options.slots);
    while (slots.has(slot)) slot = (slot + 1) % this.options.slots;
    return slot;
  }

  #evictable(thread: number): Node[] {
    const { slots, pinned } = this.#thread(thread);
    const isParent = (node: Node) =>
      [...slots.values()].some(
        (other) => isProperDescendant(other.key, node.key) && !equalBaseKeys(other.key, node.key),
      );
    return [...slots.values()].filter(
      (node) => node !== this.#mirror.root && !pinned.has(node) && !isParent(node),
    );
  }

  #pin(thread: number, node: Node, slot: number): number {
    this.#thread(thread).pinned.add(node);
    return slot;
  }

  #unpinAll(): void {
    for (const { pinned } of this.#threads) pinned.clear();
  }

  #slotOf(node: Node): number {
    if (node.place.at !== "slot") throw new Error("expected a record in a slot");
    return node.place.slot;
  }

  // --- the log

  #emit(thread: number, entry: LogEntry): void {
    if (this.#open?.thread !== thread || this.#random.oneIn(12)) this.#cut();
    this.#open ??= { thread, entries: [] };
    this.#open.entries.push(entry);
  }

  #cut(): void {
    if (this.#open !== null) this.frames.push(this.#open);
    this.#open = null;
  }

  #thread(thread: number): HostThread {
    const state = this.#threads[thread];
    if (state === undefined) throw new Error(`expected a thread below ${this.#threads.length}`);
    return state;
  }

  #shuffledThreads(): number[] {
    return this.#random.shuffled(this.#threads.map((_, thread) => thread));
  }
}
