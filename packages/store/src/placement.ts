// SPDX-License-Identifier: Apache-2.0
import { direction } from "@zeta/protocol/base-key";
import { assert } from "@zeta/protocol/error";
import type { MonitorClock } from "./clock.ts";
import { type Element, NO_SLOT, type Place, TreeNode } from "./element.ts";
import type { LogWriter } from "./log-writer.ts";
import { MerkleMirror } from "./merkle-mirror.ts";
import { MERKLE_VALUE_BYTES_MAX, putMerkleValue } from "./merkle-value-bytes.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import { StoredRecord } from "./record.ts";
import type { SlotTable } from "./slot-table.ts";
import { valueHash } from "./value-hash.ts";

export interface PlacementParts {
  readonly thread: number;
  readonly log: LogWriter;
  readonly clock: MonitorClock;
  readonly slots: SlotTable;
  readonly policy: PlacementPolicy;
}

/** How many elements of one kind are where. */
export type PlaceCounts = Record<Place, number>;

/**
 * Moves records and nodes between slots, deferred memory and the tree. Each move writes one log
 * entry and changes the mirror exactly as the monitor will change its state (PROTOCOL §4); what
 * it may do follows the host's obligations (§10).
 */
export class Placement {
  readonly counts = { record: places(), node: places() };
  /** While set, what leaves its slot goes to the tree wherever it can, whatever the policy wants. */
  keepsNothing = false;
  readonly #thread: number;
  readonly #log: LogWriter;
  readonly #clock: MonitorClock;
  readonly #slots: SlotTable;
  readonly #policy: PlacementPolicy;
  readonly #tree = new MerkleMirror();
  /** What the present call or sweep step needs in its slots: few, in the order of pinning. */
  readonly #pinned: Element[] = [];
  /** Elements handed over in the present epoch, each once; some have come back since. */
  #handedOver: Element[] = [];

  constructor({ thread, log, clock, slots, policy }: PlacementParts) {
    this.#thread = thread;
    this.#log = log;
    this.#clock = clock;
    this.#slots = slots;
    this.#policy = policy;
    // The monitor starts with the root in slot 0 of thread 0, and there it stays: no log entry, no
    // place in a queue.
    const { root } = this.#tree;
    slots.occupy(root);
    root.place = "slot";
    this.counts.node.slot++;
  }

  /**
   * Keeps an element that is in a slot there, until the matching {@link Placement.unpin}. Pins nest
   * like brackets.
   */
  pin(element: Element): void {
    assert(element.slot !== NO_SLOT, "an element in a slot");
    element.pins++;
    this.#pinned.push(element);
  }

  unpin(element: Element): void {
    assert(this.#pinned.pop() === element, "the element pinned last");
    element.pins--;
  }

  /** Brings a known record into a slot for a call. */
  access(record: StoredRecord): void {
    this.#bring(record, false);
  }

  /**
   * Creates the absent record of a key that the monitor has not seen yet, in a slot (H2). `digest`
   * is kept.
   */
  insert(digest: Uint8Array): StoredRecord {
    const record = new StoredRecord(digest);
    record.lastAccess = this.#clock.epoch;
    const node = this.#tree.nearestNode(record);
    this.#bring(node, false);
    this.pin(node);
    const below = node.child(direction(record, node.depth));
    const parent = below === null ? node : this.#fork(node, below, record);
    this.pin(parent);
    this.#makeRoom(record);
    this.#enterNew(record, parent);
    this.unpin(parent);
    this.unpin(node);
    return record;
  }

  /** Makes `count` cells of value memory free, at the expense of records that nobody pins. */
  makeCells(count: number): void {
    while (!this.#slots.hasCells(count)) {
      const victim = this.#slots.recordVictim();
      assert(victim !== null, "value memory for the records of one call");
      this.evict(victim);
    }
  }

  /**
   * Sets the value of a record in a slot to a copy of `value`, as the monitor does when it runs a
   * call.
   */
  setValue(record: StoredRecord, value: Uint8Array | null): void {
    if (value === record.value) return;
    const before = record.cells;
    if (value !== null && value.length === record.value?.length) record.value.set(value);
    else record.value = value?.slice() ?? null;
    record.hashIsCurrent = false;
    this.#slots.addCells(record.cells - before);
  }

  /** Takes an element that may leave out of its slot, to where the policy wants it. */
  evict(element: Element): void {
    const parent = parentOf(element);
    const warm = !this.keepsNothing && this.#policy.keepsWarm(element, this.#clock.epoch);
    // Without the parent in a slot the tree cannot take it; the sweep of this epoch will.
    if (warm || parent.slot === NO_SLOT) this.#handOver(element);
    else this.#putBack(element, parent);
  }

  /**
   * A deferred element of an epoch that is being closed, to be kept warm: into the present epoch.
   */
  renew(element: Element): void {
    this.#bring(element, true);
    this.#handOver(element);
  }

  /**
   * An element that is deferred, or in a slot and free to leave, becomes cold: into the tree (H7).
   */
  demote(element: Element): void {
    const parent = parentOf(element);
    const held = element.slot !== NO_SLOT;
    if (held) this.pin(element);
    this.#bring(parent, true);
    if (held) this.unpin(element);
    this.pin(parent);
    this.#bring(element, true);
    this.unpin(parent);
    this.#putBack(element, parent);
  }

  /**
   * The elements handed over since the last call of this: a superset of what is deferred with the
   * present epoch.
   */
  takeHandedOver(): Element[] {
    const taken = this.#handedOver;
    this.#handedOver = [];
    return taken;
  }

  /**
   * Everything outside the tree that could leave now: what stands in a queue, and what is deferred,
   * which is taken as by {@link Placement.takeHandedOver}. Nodes with linked children follow their
   * children.
   */
  takeOutside(): Element[] {
    const deferred = this.takeHandedOver();
    // The epoch goes on: what is handed over once more has to be listed once more.
    for (const element of deferred) element.listedIn = -1;
    return [...this.#slots.queued(), ...deferred.filter(({ place }) => place === "deferred")];
  }

  /** Undoes {@link Placement.takeOutside} for elements that must wait. */
  giveBack(elements: readonly Element[]): void {
    for (const element of elements) {
      if (element.place === "deferred") this.#list(element);
    }
  }

  /** The value of the root, as the monitor has it. */
  get rootValue(): Uint8Array {
    const bytes = new Uint8Array(MERKLE_VALUE_BYTES_MAX);
    return bytes.slice(0, putMerkleValue(bytes, 0, this.#tree.root));
  }

  /**
   * Into a slot: from deferred memory directly, from the tree below its parent. The climb ends at
   * the first ancestor that is in a slot or deferred; the way down needs only two slots at a time,
   * since a node may be handed over as soon as its child is detached from it.
   */
  #bring(element: Element, swept: boolean): void {
    if (element.slot !== NO_SLOT) this.#touch(element, swept);
    else if (element.place === "deferred") this.#addB(element, swept);
    else this.#climb(element, swept);
  }

  #climb(element: Element, swept: boolean): void {
    const path: Element[] = [];
    let above = element;
    for (; above.place === "merkle"; above = parentOf(above)) path.push(above);
    this.#bring(above, swept);
    for (let next = path.pop(); next !== undefined; next = path.pop()) {
      assert(above instanceof TreeNode, "a node above");
      this.pin(above);
      this.#addM(next, above, swept);
      this.unpin(above);
      above = next;
    }
  }

  #touch(element: Element, swept: boolean): void {
    if (swept) return;
    element.swept = false;
    element.referenced = true;
    element.lastAccess = this.#clock.epoch;
  }

  #addM(element: Element, parent: TreeNode, swept: boolean): void {
    this.#makeRoom(element);
    this.#slots.occupy(element);
    this.#log.addM(element, element.slot, parent);
    this.#link(element, parent);
    this.#settle(element, swept);
  }

  #addB(element: Element, swept: boolean): void {
    this.#makeRoom(element);
    this.#slots.occupy(element);
    this.#log.addB(element, element.slot);
    this.#clock.advanceBeyond(element.epoch, element.counter);
    this.#settle(element, swept);
  }

  /** AddM of an element that never was, below an empty side of `parent`. */
  #enterNew(element: Element, parent: TreeNode): void {
    this.#slots.occupy(element);
    this.#log.addM(element, element.slot, parent);
    this.#tree.attach(element, parent);
    parent.hashIsCurrent = false;
    this.#link(element, parent);
    this.counts[element.kind].merkle++;
    this.#settle(element, false);
  }

  /**
   * AddM of a new node on the edge from `parent` to `below`. Written while it has no children yet:
   * it must enter with the initial value.
   */
  #fork(parent: TreeNode, below: Element, key: StoredRecord): TreeNode {
    const inner = this.#tree.forkFor(key, below);
    this.#makeRoom(inner);
    this.#slots.occupy(inner);
    this.#log.addM(inner, inner.slot, parent);
    this.#tree.splice(parent, inner, below);
    parent.hashIsCurrent = false;
    // A linked child is linked to the new node from now on, which takes its place below the parent
    // (M.reparent).
    if (below.linked) {
      inner.linkedChildren = 1;
      inner.linked = true;
    } else this.#link(inner, parent);
    this.counts.node.merkle++;
    this.#settle(inner, false);
    return inner;
  }

  /** The element is in its slot now. */
  #settle(element: Element, swept: boolean): void {
    this.#moveTo(element, "slot");
    element.swept = swept;
    if (!swept) element.lastAccess = this.#clock.epoch;
    if (!(element instanceof TreeNode) || element.linkedChildren === 0) {
      this.#slots.enqueue(element);
    }
  }

  #link(element: Element, parent: TreeNode): void {
    element.linked = true;
    if (parent.queued) this.#slots.dequeue(parent);
    parent.linkedChildren++;
  }

  #unlink(element: Element, parent: TreeNode): void {
    element.linked = false;
    parent.linkedChildren--;
    if (parent.linkedChildren === 0 && parent.parent !== null) this.#slots.enqueue(parent);
  }

  /** EvictM. */
  #putBack(element: Element, parent: TreeNode): void {
    if (!element.hashIsCurrent) element.hash = valueHash(element);
    if (!element.hashIsCurrent || element.inDeferred) parent.hashIsCurrent = false;
    element.hashIsCurrent = true;
    element.inDeferred = false;
    this.#log.evictM(element, parent);
    if (element.linked) this.#unlink(element, parent);
    this.#leave(element, "merkle");
  }

  /** EvictB or EvictBM, at the earliest time possible. */
  #handOver(element: Element): void {
    this.#stamp(element);
    this.#leave(element, "deferred");
    this.#list(element);
  }

  #list(element: Element): void {
    if (element.listedIn === element.epoch) return;
    element.listedIn = element.epoch;
    this.#handedOver.push(element);
  }

  #stamp(element: Element): void {
    this.#clock.tickFor(element);
    element.epoch = this.#clock.epoch;
    element.counter = this.#clock.counter;
    element.thread = this.#thread;
    if (!element.linked) {
      this.#log.evictB(element);
      return;
    }
    const parent = parentOf(element);
    this.#log.evictBM(element, parent);
    element.inDeferred = true;
    parent.hashIsCurrent = false;
    this.#unlink(element, parent);
  }

  #leave(element: Element, place: Place): void {
    this.#slots.dequeue(element);
    this.#slots.vacate(element);
    element.referenced = false;
    this.#moveTo(element, place);
  }

  #moveTo(element: Element, place: Place): void {
    const counts = this.counts[element.kind];
    counts[element.place]--;
    counts[place]++;
    element.place = place;
  }

  /** Makes a slot and the cells for an element free. */
  #makeRoom(element: Element): void {
    this.makeCells(element.cells);
    while (!this.#slots.hasFreeSlot()) {
      const victim = this.#slots.victim();
      if (victim === null) this.#detachPinned();
      else this.evict(victim);
    }
  }

  /**
   * Every slot holds a pinned element or an ancestor of one: a deep path in a small table. An
   * element that goes through deferred memory and back into its own slot is no longer linked, so
   * its parent may leave.
   */
  #detachPinned(): void {
    const element = this.#pinned.find(
      (pinned) => pinned.linked && !(pinned instanceof TreeNode && pinned.linkedChildren > 0),
    );
    assert(element !== undefined, "a linked element among the pinned ones");
    this.#stamp(element);
    this.#log.addB(element, element.slot);
    this.#clock.advanceBeyond(element.epoch, element.counter);
  }
}

function places(): PlaceCounts {
  return { slot: 0, deferred: 0, merkle: 0 };
}

function parentOf(element: Element): TreeNode {
  assert(element.parent !== null, "an element below the root");
  return element.parent;
}
