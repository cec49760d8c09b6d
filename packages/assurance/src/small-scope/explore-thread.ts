// SPDX-License-Identifier: Apache-2.0
import { Candidates } from "./candidates.ts";
import { callsUpTo } from "./sequential.ts";
import type { Stepper } from "./step.ts";
import { StringSet } from "./string-set.ts";
import {
  canonical,
  decode,
  encode,
  initialState,
  type ThreadState,
  VERIFIED,
} from "./thread-state.ts";
import type { World } from "./world.ts";

/** How much of a world to look at. */
export interface Bounds {
  /** Entries of each thread's log, the NextEpoch and VerifyEpoch that end it not counted. */
  readonly lengths: readonly [number, number];
  /** Give up beyond this number of states of one thread. */
  readonly statesMax: number;
}

/** All accepted logs of one thread, as far as certificates can tell them apart. */
export interface ThreadLogs {
  /** For each certified epoch and each difference of evict and add sets: the calls that led to it. */
  readonly summaries: ReadonlyMap<string, ReadonlySet<string>>;
  /** Own elements that some log evicts. */
  readonly evicted: ReadonlySet<number>;
  readonly states: number;
  readonly transitions: number;
}

export interface Exploration {
  readonly world: World;
  readonly stepper: Stepper;
  readonly thread: 0 | 1;
  readonly bounds: Bounds;
  /** Elements that the other thread may have evicted. */
  readonly foreign: ReadonlySet<number>;
}

/** Breadth first: a state is first met with the shortest log that leads to it, so no other log to it can lead further. */
export function exploreThread(task: Exploration): ThreadLogs {
  const { world, stepper, thread, bounds, foreign } = task;
  const candidates = new Candidates(world, stepper, foreign);
  const summaries = new Map<string, Set<string>>();
  const evicted = new Set<number>();
  const seen = new StringSet();
  const slots = world.shape.slots[thread];
  let transitions = 0;
  let level = [encode(initialState(world, thread))];
  for (const first of level) seen.add(first);
  for (let left = bounds.lengths[thread]; ; left--) {
    const next: string[] = [];
    for (const text of level) {
      const state = decode(text, thread, slots);
      summarise(task, state, summaries);
      noteEvicts(world, state, evicted);
      if (left === 0) continue;
      for (const entry of candidates.of(state)) {
        const after = stepper.step(state, entry);
        if (typeof after === "string" || !canBalance(task, after, left - 1)) continue;
        transitions++;
        const name = encode(canonical(after));
        if (seen.add(name)) next.push(name);
      }
      if (seen.size > bounds.statesMax) {
        throw new Error(
          `expected at most ${bounds.statesMax} states, got more in ${world.shape.name}`,
        );
      }
    }
    if (left === 0) return { summaries, evicted, states: seen.size, transitions };
    level = next;
  }
}

/**
 * Can the sets of epoch 0 still become equal? Each unmatched evict needs an add, here or in the other thread; each
 * unmatched add needs an evict in the other thread, and before it an add that put the record into a slot there.
 */
function canBalance({ world, thread, bounds }: Exploration, state: ThreadState, left: number) {
  let evicts = 0;
  let adds = 0;
  for (let i = 0; i < state.sums.length; i += 2) {
    if (world.epochOf(world.elementOf(state.sums[i] ?? 0).time) > 0) continue;
    const sum = state.sums[i + 1] ?? 0;
    if (sum > 0) evicts += sum;
    else adds -= sum;
  }
  const others = Math.max(evicts - left, adds) + adds;
  return others <= bounds.lengths[(1 - thread) as 0 | 1];
}

function noteEvicts(world: World, state: ThreadState, evicted: Set<number>): void {
  for (let i = 0; i < state.sums.length; i += 2) {
    const number = state.sums[i] ?? 0;
    const isOwn = world.elementOf(number).thread === state.thread;
    if (isOwn && (state.sums[i + 1] ?? 0) > 0) evicted.add(number);
  }
}

/** What a certificate of each epoch would stand for, if this log now went on to commit it. */
function summarise(
  { world, thread }: Exploration,
  state: ThreadState,
  summaries: Map<string, Set<string>>,
): void {
  const verified = state.cells[VERIFIED] ?? 0;
  for (let epoch = Math.max(0, verified - 1); epoch < world.shape.epochs; epoch++) {
    const name = differenceName(world, state, epoch, thread === 0 ? 1 : -1);
    if (name === null) continue;
    const calls = callsUpTo(state.calls, epoch);
    const known = summaries.get(name);
    if (known === undefined) summaries.set(name, new Set([calls]));
    else known.add(calls);
  }
}

/**
 * The name of what thread 0 leaves unmatched up to an epoch; for thread 1 of its opposite, so that two logs balance
 * when their names are equal. Null when no log of the other thread can match it: only a thread itself evicts its own
 * elements.
 */
function differenceName(
  world: World,
  state: ThreadState,
  epoch: number,
  sign: 1 | -1,
): string | null {
  const parts: number[] = [epoch];
  for (let i = 0; i < state.sums.length; i += 2) {
    const number = state.sums[i] ?? 0;
    const element = world.elementOf(number);
    if (world.epochOf(element.time) > epoch) continue;
    const sum = state.sums[i + 1] ?? 0;
    if (element.thread === state.thread ? sum < 0 : sum > 0) return null;
    parts.push(number, sign * sum);
  }
  return parts.join(",");
}
