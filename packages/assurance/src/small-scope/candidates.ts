// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import type { Entry } from "./entry.ts";
import { isBelow, isInner } from "./names.ts";
import type { Stepper } from "./step.ts";
import {
  CHILD,
  CLOCK,
  field,
  keyAt,
  slotCount,
  type ThreadState,
  VALUE,
  VERIFIED,
} from "./thread-state.ts";
import { ABSENT, hashIn, keyIn, NOTHING_BELOW, VALUE_A, VALUE_B } from "./values.ts";
import type { World } from "./world.ts";

/** Rules about time: while all of them hold, an element that was not evicted yet when it is added never will be. */
const TIME_RULES: readonly RuleId[] = ["B.clock", "B.lekreset", "V.time", "V.strict", "V.clock"];

/** Rules that leave only one value to an AddM. */
const TREE_RULES: readonly RuleId[] = ["M.hash", "M.initA", "M.initC"];

/**
 * The entries worth trying in a state. Left out are those that some rule in force refuses whatever the rest of the
 * state, and those after which nothing can be certified that could not be certified before:
 *
 * - records go into the first free slot (slots have no meaning of their own);
 * - an element is added at most once, and an own element only after its evict (T2 and T3 of PROTOCOL §5);
 * - once the clock has left the certifiable epochs, only adds of open epochs, and what frees slots for them, matter;
 * - in thread 0 the value b appears only after a (the two are interchangeable).
 */
export class Candidates {
  readonly #world: World;
  readonly #stepper: Stepper;
  /** Elements that the other thread may have evicted. */
  readonly #foreign: ReadonlySet<number>;
  readonly #isComplete: boolean;

  constructor(world: World, stepper: Stepper, foreign: ReadonlySet<number>) {
    this.#world = world;
    this.#stepper = stepper;
    this.#foreign = foreign;
    this.#isComplete = TIME_RULES.every((rule) => stepper.does(rule));
  }

  of(state: ThreadState): Entry[] {
    const entries: Entry[] = [];
    const epoch = this.#world.epochOf(state.cells[CLOCK] ?? 0);
    const isBeyond = epoch >= this.#world.shape.epochs;
    const free = this.#freeSlot(state);
    this.#evictsM(state, entries);
    if (free !== -1) this.#addsB(state, free, entries);
    if ((state.cells[VERIFIED] ?? 0) < this.#world.shape.epochs) {
      entries.push({ type: "VerifyEpoch" });
    }
    if (isBeyond) return entries;
    entries.push({ type: "NextEpoch" });
    if (free !== -1) this.#addsM(state, free, entries);
    this.#evictsB(state, entries);
    this.#calls(state, entries);
    return entries;
  }

  #freeSlot(state: ThreadState): number {
    for (let slot = 0; slot < slotCount(state); slot++) {
      if (keyAt(state, slot) === -1) return slot;
    }
    return -1;
  }

  #addsM(state: ThreadState, slot: number, entries: Entry[]): void {
    for (let parent = 0; parent < slotCount(state); parent++) {
      const parentKey = keyAt(state, parent);
      if (parentKey === -1 || !isInner(parentKey)) continue;
      for (const key of this.#world.shape.keys) {
        if (this.#stepper.does("M.desc") && !isBelow(key, parentKey)) continue;
        for (const value of this.#treeValues(state, parent, key)) {
          entries.push({ type: "AddM", key, value, slot, parent });
        }
      }
    }
  }

  /** The initial value, and the one that a descriptor names; all of them if nothing checks. */
  #treeValues(state: ThreadState, parent: number, key: number): readonly number[] {
    if (!TREE_RULES.every((rule) => this.#stepper.does(rule))) return this.#world.valuesOf(key);
    const initial = isInner(key) ? this.#world.values.initial : ABSENT;
    const values = [initial];
    for (const side of [0, 1] as const) {
      const known = this.#world.values.below(field(state, parent, VALUE), side);
      if (known === NOTHING_BELOW || keyIn(known) !== key) continue;
      const hash = hashIn(known);
      if (hash >= 0 && hash !== initial) values.push(hash);
    }
    return values;
  }

  #addsB(state: ThreadState, slot: number, entries: Entry[]): void {
    const verified = state.cells[VERIFIED] ?? 0;
    const checksEpoch = this.#stepper.does("B.epoch");
    for (const number of this.#addable(state)) {
      const element = this.#world.elementOf(number);
      if (checksEpoch && this.#world.epochOf(element.time) < verified) continue;
      if (element.value === VALUE_B && !this.#mayUseB(state)) continue;
      entries.push({ type: "AddB", ...element, slot });
    }
  }

  *#addable(state: ThreadState): Iterable<number> {
    const { sums, thread } = state;
    if (!this.#isComplete) {
      yield* this.#world.elementsBy(thread);
      yield* this.#foreign;
      return;
    }
    const added = new Set<number>();
    for (let i = 0; i < sums.length; i += 2) {
      const [number, sum] = [sums[i] ?? 0, sums[i + 1] ?? 0];
      if (sum < 0) added.add(number);
      else if (this.#world.elementOf(number).thread === thread) yield number;
    }
    for (const number of this.#foreign) if (!added.has(number)) yield number;
  }

  #evictsM(state: ThreadState, entries: Entry[]): void {
    for (let slot = 0; slot < slotCount(state); slot++) {
      const key = keyAt(state, slot);
      if (key === -1) continue;
      for (let parent = 0; parent < slotCount(state); parent++) {
        const parentKey = keyAt(state, parent);
        if (parentKey !== -1 && isBelow(key, parentKey)) {
          entries.push({ type: "EvictM", slot, parent });
        }
      }
    }
  }

  #evictsB(state: ThreadState, entries: Entry[]): void {
    const now = this.#stepper.does("V.time") ? (state.cells[CLOCK] ?? 0) : 0;
    const times = this.#world.times.filter((time) => time >= now);
    for (let slot = 0; slot < slotCount(state); slot++) {
      const key = keyAt(state, slot);
      if (key === -1) continue;
      const hasKids = field(state, slot, CHILD) > 0 || field(state, slot, CHILD + 1) > 0;
      if (hasKids && this.#stepper.does("V.kids")) continue;
      for (const time of times) {
        entries.push({ type: "EvictB", slot, time });
        for (let parent = 0; parent < slotCount(state); parent++) {
          const parentKey = keyAt(state, parent);
          if (parentKey !== -1 && isBelow(key, parentKey)) {
            entries.push({ type: "EvictBM", slot, parent, time });
          }
        }
      }
    }
  }

  #calls(state: ThreadState, entries: Entry[]): void {
    const values = this.#mayUseB(state) ? [ABSENT, VALUE_A, VALUE_B] : [ABSENT, VALUE_A];
    for (let slot = 0; slot < slotCount(state); slot++) {
      const key = keyAt(state, slot);
      if (key === -1 || isInner(key)) continue;
      for (const after of values) entries.push({ type: "Call", slot, after });
    }
  }

  #mayUseB(state: ThreadState): boolean {
    if (state.thread === 1 || !this.#isComplete) return true;
    for (let i = 0; i < state.calls.length; i++) {
      const code = state.calls.charCodeAt(i);
      if (code % 3 === VALUE_A || Math.floor(code / 3) % 3 === VALUE_A) return true;
    }
    for (let i = 0; i < state.sums.length; i += 2) {
      if (this.#world.elementOf(state.sums[i] ?? 0).value === VALUE_A) return true;
    }
    return false;
  }
}
