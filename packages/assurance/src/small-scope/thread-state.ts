// SPDX-License-Identifier: Apache-2.0
import { ROOT } from "./names.ts";
import type { World } from "./world.ts";

/** Fields of a slot, one number each, in {@link ThreadState.cells}. References to slots are one higher: 0 is none. */
export const SLOT_FIELDS = 7;
export const KEY = 0;
export const VALUE = 1;
export const METHOD = 2;
export const PARENT = 3;
export const PARENT_SIDE = 4;
export const CHILD = 5;

export const CLOCK = 0;
export const LAST_EVICTED = 1;
/** One higher than the last verified epoch; 0: none. */
export const VERIFIED = 2;
const HEADER = 3;

export const BY_TREE = 0;
export const BY_DEFERRED = 1;

/**
 * What a monitor thread remembers (PROTOCOL §3), and what its log has claimed so far: the difference of its evict
 * and add sets as exact multisets (a set hash without collisions), and the calls of certifiable epochs.
 */
export interface ThreadState {
  readonly thread: 0 | 1;
  readonly cells: number[];
  /** Pairs of element and count (evicts minus adds, never 0), by ascending element. */
  sums: number[];
  /** One character per call. */
  calls: string;
}

export function initialState(world: World, thread: 0 | 1): ThreadState {
  const slots = world.shape.slots[thread];
  const cells = new Array<number>(HEADER + slots * SLOT_FIELDS).fill(0);
  const state = { thread, cells, sums: [], calls: "" };
  if (thread === 0) {
    cells[HEADER + KEY] = ROOT + 1;
    cells[HEADER + VALUE] = world.values.initial;
  }
  return state;
}

export function copyOf(state: ThreadState): ThreadState {
  return { ...state, cells: state.cells.slice() };
}

export function slotCount(state: ThreadState): number {
  return (state.cells.length - HEADER) / SLOT_FIELDS;
}

/** Where a slot's fields begin. */
export function at(slot: number): number {
  return HEADER + slot * SLOT_FIELDS;
}

/** The key in a slot, -1 when it is empty. */
export function keyAt(state: ThreadState, slot: number): number {
  return (state.cells[at(slot)] ?? 0) - 1;
}

export function field(state: ThreadState, slot: number, name: number): number {
  return state.cells[at(slot) + name] ?? 0;
}

export function clear(state: ThreadState, slot: number): void {
  state.cells.fill(0, at(slot), at(slot) + SLOT_FIELDS);
}

/** Counts one element: +1 evicted, -1 added. */
export function count(state: ThreadState, element: number, by: 1 | -1): void {
  const sums = state.sums.slice();
  let i = 0;
  while (i < sums.length && (sums[i] ?? 0) < element) i += 2;
  if (sums[i] === element) {
    const sum = (sums[i + 1] ?? 0) + by;
    if (sum === 0) sums.splice(i, 2);
    else sums[i + 1] = sum;
  } else sums.splice(i, 0, element, by);
  state.sums = sums;
}

const COUNT_BIAS = 128;

/** A name for the state: equal for equal states, and the state can be had back from it. */
export function encode(state: ThreadState): string {
  const sums = state.sums.map((number, i) => (i % 2 === 0 ? number : number + COUNT_BIAS));
  const head = String.fromCharCode(...state.cells, sums.length, ...sums);
  return head + state.calls;
}

export function decode(text: string, thread: 0 | 1, slots: number): ThreadState {
  const length = HEADER + slots * SLOT_FIELDS;
  const cells: number[] = [];
  for (let i = 0; i < length; i++) cells.push(text.charCodeAt(i));
  const sumsEnd = length + 1 + text.charCodeAt(length);
  const sums: number[] = [];
  for (let i = length + 1; i < sumsEnd; i += 2) {
    sums.push(text.charCodeAt(i), text.charCodeAt(i + 1) - COUNT_BIAS);
  }
  return { thread, cells, sums, calls: text.slice(sumsEnd) };
}

/**
 * The same state with its slots in a fixed order: which of the free slots a record is put into is the host's choice
 * and changes nothing, so one order stands for all.
 */
export function canonical(state: ThreadState): ThreadState {
  const slots = slotCount(state);
  const order = Array.from({ length: slots }, (_, slot) => slot);
  const rank = (slot: number) => rankOf(state, slot);
  order.sort((a, b) => rank(a) - rank(b));
  if (order.every((slot, i) => slot === i)) return state;
  const place = new Array<number>(slots + 1).fill(0);
  for (const [i, slot] of order.entries()) place[slot + 1] = i + 1;
  const cells = state.cells.slice(0, HEADER);
  for (const slot of order) {
    const from = at(slot);
    const fields = state.cells.slice(from, from + SLOT_FIELDS);
    for (const name of [PARENT, CHILD, CHILD + 1]) fields[name] = place[fields[name] ?? 0] ?? 0;
    cells.push(...fields);
  }
  return { ...state, cells };
}

/** Root first, then by key, value and way in; empty slots last. */
function rankOf(state: ThreadState, slot: number): number {
  const key = keyAt(state, slot);
  if (key === -1) return 2 ** 40 + slot;
  const shape = field(state, slot, VALUE) * 2 + field(state, slot, METHOD);
  const family = field(state, slot, PARENT) > 0 ? 1 : 0;
  return (key * 2 ** 18 + shape * 2 + family) * 8 + slot;
}
