// SPDX-License-Identifier: Apache-2.0

import type { RuleId } from "@zeta/monitor/reference/rules";
import type { CheckId } from "@zeta/protocol/checks";
import type { Entry } from "./entry.ts";
import { isBelow, isInner, ROOT, sideOf } from "./names.ts";
import {
  at,
  BY_DEFERRED,
  BY_TREE,
  CHILD,
  CLOCK,
  clear,
  copyOf,
  count,
  field,
  KEY,
  keyAt,
  LAST_EVICTED,
  METHOD,
  PARENT,
  PARENT_SIDE,
  type ThreadState,
  VALUE,
  VERIFIED,
} from "./thread-state.ts";
import { ABSENT, descriptor, hashIn, inDeferred, keyIn, NO_HASH, NOTHING_BELOW } from "./values.ts";
import type { World } from "./world.ts";

/** The state after the entry, or the check that refused it. */
export type Stepped = ThreadState | CheckId;

/**
 * The monitor thread of PROTOCOL §4 on numbers instead of bytes, rule for rule as in `packages/monitor/reference`.
 * A test holds it against that monitor and against the WebAssembly one.
 */
export class Stepper {
  readonly #world: World;
  readonly #disabled: ReadonlySet<RuleId>;

  constructor(world: World, disabled: readonly RuleId[] = []) {
    this.#world = world;
    this.#disabled = new Set(disabled);
  }

  step(state: ThreadState, entry: Entry): Stepped {
    switch (entry.type) {
      case "AddM":
        return this.#addM(state, entry);
      case "EvictM":
        return this.#evictM(state, entry);
      case "AddB":
        return this.#addB(state, entry);
      case "EvictB":
        return this.#evictB(state, entry);
      case "EvictBM":
        return this.#evictBM(state, entry);
      case "Call":
        return this.#call(state, entry);
      case "NextEpoch":
        return this.#nextEpoch(state);
      case "VerifyEpoch":
        return this.#verifyEpoch(state);
    }
  }

  /** Is this rule in force? */
  does(id: RuleId): boolean {
    return !this.#disabled.has(id);
  }

  #fails(id: CheckId, condition: boolean): boolean {
    return !condition && this.does(id);
  }

  #addM(state: ThreadState, entry: Extract<Entry, { type: "AddM" }>): Stepped {
    const { key, value, slot, parent } = entry;
    const parentKey = keyAt(state, parent);
    if (parentKey === -1 || !isInner(parentKey)) return "M.parent";
    if (this.#fails("M.desc", isBelow(key, parentKey))) return "M.desc";
    if (this.#fails("M.slot", keyAt(state, slot) === -1)) return "M.slot";
    const side = sideOf(key, parentKey);
    const { values } = this.#world;
    const parentValue = field(state, parent, VALUE);
    const known = values.below(parentValue, side);
    const child = field(state, parent, CHILD + side);
    const isInitial = value === (isInner(key) ? values.initial : ABSENT);
    const next = copyOf(state);
    const fresh = values.with(parentValue, side, descriptor(key, NO_HASH, false));
    let own = value;
    let below: { slot: number; side: 0 | 1 } | null = null;
    if (known === NOTHING_BELOW) {
      if (this.#fails("M.initA", isInitial)) return "M.initA";
      if (this.#fails("M.flagA", child === 0)) return "M.flagA";
      next.cells[at(parent) + VALUE] = fresh;
    } else if (keyIn(known) === key) {
      if (this.#fails("M.hash", hashIn(known) === value)) return "M.hash";
      if (this.#fails("M.blum", !inDeferred(known))) return "M.blum";
      if (this.#fails("M.flagB", child === 0)) return "M.flagB";
    } else {
      if (this.#fails("M.initC", isInitial)) return "M.initC";
      if (this.#fails("M.between", isBelow(keyIn(known), key))) return "M.between";
      const belowSide = sideOf(keyIn(known), key);
      const carried = this.does("M.carryB") && inDeferred(known);
      own = values.with(value, belowSide, descriptor(keyIn(known), hashIn(known), carried));
      next.cells[at(parent) + VALUE] = fresh;
      if (child > 0 && this.does("M.reparent")) {
        if (keyAt(state, child - 1) === -1) return "M.slot";
        below = { slot: child - 1, side: belowSide };
      }
    }
    this.#settle(next, slot, { key, value: own, method: BY_TREE });
    if (below !== null) {
      next.cells[at(slot) + CHILD + below.side] = below.slot + 1;
      next.cells[at(below.slot) + PARENT] = slot + 1;
      next.cells[at(below.slot) + PARENT_SIDE] = below.side;
    }
    next.cells[at(slot) + PARENT] = parent + 1;
    next.cells[at(slot) + PARENT_SIDE] = side;
    next.cells[at(parent) + CHILD + side] = slot + 1;
    return next;
  }

  #settle(
    state: ThreadState,
    slot: number,
    record: { key: number; value: number; method: number },
  ): void {
    clear(state, slot);
    state.cells[at(slot) + KEY] = record.key + 1;
    state.cells[at(slot) + VALUE] = record.value;
    state.cells[at(slot) + METHOD] = record.method;
  }

  #evictM(state: ThreadState, { slot, parent }: Extract<Entry, { type: "EvictM" }>): Stepped {
    const [key, parentKey] = [keyAt(state, slot), keyAt(state, parent)];
    if (key === -1 || parentKey === -1 || slot === parent) return "E.slots";
    if (!isBelow(key, parentKey)) return "E.desc";
    if (this.#fails("E.kids", isChildless(state, slot))) return "E.kids";
    const side = sideOf(key, parentKey);
    const { values } = this.#world;
    const parentValue = field(state, parent, VALUE);
    const known = isInner(parentKey) ? values.below(parentValue, side) : NOTHING_BELOW;
    const points = known !== NOTHING_BELOW && keyIn(known) === key;
    if (this.#fails("E.ptr", points)) return "E.ptr";
    if (this.#fails("E.par", hangsUnder(state, slot, parent, side))) return "E.par";
    const isStale = this.does("E.hash") || known === NOTHING_BELOW || hashIn(known) === NO_HASH;
    const hash = isStale ? field(state, slot, VALUE) : hashIn(known);
    const deferred = !this.does("E.clrB") && known !== NOTHING_BELOW && inDeferred(known);
    const next = copyOf(state);
    const replaced = descriptor(key, hash, deferred);
    next.cells[at(parent) + VALUE] = values.with(parentValue, side, replaced);
    next.cells[at(parent) + CHILD + side] = 0;
    clear(next, slot);
    return next;
  }

  #addB(state: ThreadState, entry: Extract<Entry, { type: "AddB" }>): Stepped {
    const { key, value, slot, time, thread } = entry;
    if (this.#fails("B.root", key !== ROOT)) return "B.root";
    if (this.#fails("B.slot", keyAt(state, slot) === -1)) return "B.slot";
    const epoch = this.#world.epochOf(time);
    const isOpen = epoch >= (state.cells[VERIFIED] ?? 0);
    if (this.#fails("B.epoch", isOpen)) return "B.epoch";
    const next = copyOf(state);
    // What a thread adds to an epoch after it committed that epoch is in nobody's sums.
    if (isOpen) this.#count(next, { key, value, time, thread }, -1);
    const clock = state.cells[CLOCK] ?? 0;
    const advances = this.does("B.clock") && time + 1 > clock;
    if (advances) next.cells[CLOCK] = time + 1;
    if (this.does("B.clock") && (advances || !this.does("B.lekreset"))) {
      next.cells[LAST_EVICTED] = ROOT;
    }
    this.#settle(next, slot, { key, value, method: BY_DEFERRED });
    return next;
  }

  #evictB(state: ThreadState, { slot, time }: Extract<Entry, { type: "EvictB" }>): Stepped {
    const refused = this.#refuseEvict(state, slot, time);
    if (refused !== null) return refused;
    if (this.#fails("V.badd", field(state, slot, METHOD) === BY_DEFERRED)) return "V.badd";
    return this.#leave(state, slot, time);
  }

  #evictBM(state: ThreadState, entry: Extract<Entry, { type: "EvictBM" }>): Stepped {
    const { slot, parent, time } = entry;
    const refused = this.#refuseEvict(state, slot, time);
    if (refused !== null) return refused;
    const [key, parentKey] = [keyAt(state, slot), keyAt(state, parent)];
    if (parentKey === -1 || slot === parent) return "W.slots";
    if (this.#fails("W.madd", field(state, slot, METHOD) === BY_TREE)) return "W.madd";
    if (!isBelow(key, parentKey)) return "W.desc";
    const side = sideOf(key, parentKey);
    const { values } = this.#world;
    const known = isInner(parentKey)
      ? values.below(field(state, parent, VALUE), side)
      : NOTHING_BELOW;
    if (known === NOTHING_BELOW || keyIn(known) !== key) return "W.ptr";
    if (this.#fails("W.blum", !inDeferred(known))) return "W.blum";
    if (this.#fails("W.par", isChildOf(state, slot, parent, side))) return "W.par";
    const next = this.#leave(state, slot, time);
    if (this.does("W.setB")) {
      const marked = descriptor(key, hashIn(known), true);
      next.cells[at(parent) + VALUE] = values.with(field(next, parent, VALUE), side, marked);
    }
    return next;
  }

  /** What both evicts into deferred memory check. */
  #refuseEvict(state: ThreadState, slot: number, time: number): CheckId | null {
    const key = keyAt(state, slot);
    if (key === -1) return "V.slot";
    if (this.#fails("V.root", key !== ROOT)) return "V.root";
    const [clock, last] = [state.cells[CLOCK] ?? 0, state.cells[LAST_EVICTED] ?? 0];
    const isLaterKey = key > last || (key === last && !this.does("V.strict"));
    const isLater = time > clock || (time === clock && isLaterKey);
    if (this.#fails("V.time", isLater)) return "V.time";
    if (this.#fails("V.kids", isChildless(state, slot))) return "V.kids";
    return null;
  }

  #leave(state: ThreadState, slot: number, time: number): ThreadState {
    const next = copyOf(state);
    const [key, value] = [keyAt(state, slot), field(state, slot, VALUE)];
    // Only a mutant can evict into an epoch that it has committed.
    if (this.#world.epochOf(time) >= (state.cells[VERIFIED] ?? 0)) {
      this.#count(next, { key, value, time, thread: state.thread }, 1);
    }
    if (this.does("V.clock")) {
      next.cells[CLOCK] = time;
      next.cells[LAST_EVICTED] = key;
    }
    const parent = field(state, slot, PARENT);
    clear(next, slot);
    if (parent > 0) next.cells[at(parent - 1) + CHILD + field(state, slot, PARENT_SIDE)] = 0;
    return next;
  }

  /** Elements of epochs that this world cannot certify are never compared with anything. */
  #count(
    state: ThreadState,
    element: { key: number; value: number; time: number; thread: number },
    by: 1 | -1,
  ): void {
    if (this.#world.epochOf(element.time) >= this.#world.shape.epochs) return;
    const covered = {
      ...element,
      time: this.does("H.ts") ? element.time : this.#world.epochSteps * this.#epochOf(element),
      value: this.does("H.val") || isInner(element.key) ? element.value : ABSENT,
    };
    count(state, this.#world.element(covered), by);
  }

  #epochOf({ time }: { time: number }): number {
    return this.#world.epochOf(time);
  }

  #call(state: ThreadState, { slot, after }: Extract<Entry, { type: "Call" }>): Stepped {
    const key = keyAt(state, slot);
    if (key === -1) return "R.slot";
    if (isInner(key)) return "R.app";
    const next = copyOf(state);
    const before = field(state, slot, VALUE);
    next.cells[at(slot) + VALUE] = after;
    const epoch = this.#world.epochOf(state.cells[CLOCK] ?? 0);
    if (epoch < this.#world.shape.epochs) {
      next.calls += String.fromCharCode(((epoch * 8 + key) * 3 + before) * 3 + after);
    }
    return next;
  }

  #nextEpoch(state: ThreadState): ThreadState {
    const next = copyOf(state);
    const epoch = this.#world.epochOf(state.cells[CLOCK] ?? 0) + 1;
    next.cells[CLOCK] = epoch * this.#world.epochSteps;
    next.cells[LAST_EVICTED] = ROOT;
    return next;
  }

  #verifyEpoch(state: ThreadState): Stepped {
    const epoch = state.cells[VERIFIED] ?? 0;
    const now = this.#world.epochOf(state.cells[CLOCK] ?? 0);
    if (this.#fails("P.clock", now !== epoch)) return "P.clock";
    const next = copyOf(state);
    next.cells[VERIFIED] = epoch + 1;
    return next;
  }
}

function isChildless(state: ThreadState, slot: number): boolean {
  return field(state, slot, CHILD) === 0 && field(state, slot, CHILD + 1) === 0;
}

function isChildOf(state: ThreadState, slot: number, parent: number, side: 0 | 1): boolean {
  return field(state, slot, PARENT) === parent + 1 && field(state, slot, PARENT_SIDE) === side;
}

function hangsUnder(state: ThreadState, slot: number, parent: number, side: 0 | 1): boolean {
  if (field(state, slot, PARENT) === 0) return field(state, parent, CHILD + side) === 0;
  return isChildOf(state, slot, parent, side);
}
