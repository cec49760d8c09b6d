// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import { type Bounds, exploreThread, type ThreadLogs } from "./explore-thread.ts";
import { describeCalls, isSequentiallyConsistent } from "./sequential.ts";
import { Stepper } from "./step.ts";
import { World, type WorldShape } from "./world.ts";

export interface SearchTask {
  readonly shape: WorldShape;
  readonly bounds: Bounds;
  /** Rules to leave out, to show that the search would find what they prevent. */
  readonly disabled?: readonly RuleId[];
  readonly progress?: (line: string) => void;
  /** Hears of every pair of call sequences that is certified. */
  readonly onCertified?: (epoch: number, calls: readonly [string, string]) => void;
}

/** What an element covers: without one of them, an add may claim something else than what was evicted. */
const ELEMENT_RULES: readonly RuleId[] = ["H.val", "H.ts"];

/** A certificate that vouches for calls which no sequential run explains. */
export interface Violation {
  readonly calls: readonly [string, string];
}

export interface SearchResult {
  readonly violations: number;
  readonly example: Violation | null;
  /** States of both threads in the last round, and the steps between them. */
  readonly states: number;
  readonly transitions: number;
  /** Pairs of call sequences that some certificate vouches for, each compared with all orders. */
  readonly certified: number;
  /** Pairs of logs over the world's alphabet up to the lengths, refused ones included. */
  readonly logs: number;
  readonly alphabet: readonly [number, number];
}

/**
 * All pairs of logs of two threads in a small world: is everything that can be certified sequentially consistent? The
 * threads share nothing but the sums of their sets, so each thread's logs are explored alone and pairs are met where
 * the sums are equal.
 */
export function search(task: SearchTask): SearchResult {
  const { shape, bounds, disabled = [], progress = () => {} } = task;
  const world = new World(shape);
  const stepper = new Stepper(world, disabled);
  const explore = (thread: 0 | 1, foreign: ReadonlySet<number>): ThreadLogs => {
    const logs = exploreThread({ world, stepper, thread, bounds, foreign });
    const { states, transitions, summaries } = logs;
    progress(
      `${shape.name}: thread ${thread}, ${foreign.size} elements of the other: ` +
        `${states} states, ${transitions} steps, ${summaries.size} differences`,
    );
    return logs;
  };
  // What a thread adds must have been evicted by the other. Starting from all elements and keeping those that can be
  // evicted loses no pair that balances, not even one in which both threads wait for each other's evicts.
  let evicted = world.elementsBy(1) as ReadonlySet<number>;
  let second = explore(1, world.elementsBy(0));
  let first: ThreadLogs;
  if (ELEMENT_RULES.every((rule) => stepper.does(rule))) {
    do {
      evicted = intersection(evicted, second.evicted);
      first = explore(0, evicted);
      second = explore(1, first.evicted);
    } while (intersection(evicted, second.evicted).size < evicted.size);
  } else first = explore(0, evicted);
  const meeting = meet(first, second, task.onCertified);
  return {
    ...meeting,
    states: first.states + second.states,
    transitions: first.transitions + second.transitions,
    logs:
      logsUpTo(world.alphabetSize(0), bounds.lengths[0]) *
      logsUpTo(world.alphabetSize(1), bounds.lengths[1]),
    alphabet: [world.alphabetSize(0), world.alphabetSize(1)],
  };
}

function meet(first: ThreadLogs, second: ThreadLogs, onCertified: SearchTask["onCertified"]) {
  let certified = 0;
  let violations = 0;
  let example: Violation | null = null;
  const known = new Map<string, boolean>();
  for (const [difference, calls] of first.summaries) {
    for (const other of second.summaries.get(difference) ?? []) {
      for (const own of calls) {
        certified++;
        onCertified?.(Number(difference.split(",")[0]), [own, other]);
        const name = `${own}|${other}`;
        const isConsistent = known.get(name) ?? isSequentiallyConsistent(own, other);
        if (known.size < 2 ** 22) known.set(name, isConsistent);
        if (isConsistent) continue;
        violations++;
        example ??= { calls: [describeCalls(own), describeCalls(other)] };
      }
    }
  }
  return { certified, violations, example };
}

function intersection(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((one) => b.has(one)));
}

function logsUpTo(alphabet: number, length: number): number {
  let logs = 0;
  for (let n = 0; n <= length; n++) logs += alphabet ** n;
  return logs;
}
