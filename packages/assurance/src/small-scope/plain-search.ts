// SPDX-License-Identifier: Apache-2.0
import { alphabetOf } from "./alphabet.ts";
import { callsUpTo } from "./sequential.ts";
import { Stepper } from "./step.ts";
import { initialState, type ThreadState, VERIFIED } from "./thread-state.ts";
import type { World } from "./world.ts";

/** Calls that a certificate of `epoch` vouches for. */
export type CertifiedPair = string;

export function pairName(epoch: number, first: string, second: string): CertifiedPair {
  return `${epoch}|${first}|${second}`;
}

/**
 * What {@link search} finds, without any of its short cuts: every log over the alphabet, one after the other, nothing
 * pruned or renamed. For tiny bounds only: it is what the search is held against.
 */
export function plainSearch(world: World, lengths: readonly [number, number]): Set<CertifiedPair> {
  const [first, second] = ([0, 1] as const).map((thread) =>
    allLogs(world, thread, lengths[thread]),
  );
  const pairs = new Set<CertifiedPair>();
  for (const [difference, calls] of first ?? []) {
    for (const other of second?.get(difference) ?? []) {
      const epoch = Number(difference.split(";")[0]);
      for (const own of calls) pairs.add(pairName(epoch, own, other));
    }
  }
  return pairs;
}

/** By difference of the sets (thread 1: of its opposite), the calls of all accepted logs. */
function allLogs(world: World, thread: 0 | 1, length: number): Map<string, Set<string>> {
  const stepper = new Stepper(world);
  const alphabet = alphabetOf(world, thread);
  const logs = new Map<string, Set<string>>();
  const visit = (state: ThreadState, left: number): void => {
    note(world, state, logs);
    if (left === 0) return;
    for (const entry of alphabet) {
      const after = stepper.step(state, entry);
      if (typeof after !== "string") visit(after, left - 1);
    }
  };
  visit(initialState(world, thread), length);
  return logs;
}

function note(world: World, state: ThreadState, logs: Map<string, Set<string>>): void {
  const sign = state.thread === 0 ? 1 : -1;
  const from = Math.max(0, (state.cells[VERIFIED] ?? 0) - 1);
  for (let epoch = from; epoch < world.shape.epochs; epoch++) {
    const parts: string[] = [];
    for (let i = 0; i < state.sums.length; i += 2) {
      const number = state.sums[i] ?? 0;
      if (world.epochOf(world.elementOf(number).time) > epoch) continue;
      parts.push(`${number}:${sign * (state.sums[i + 1] ?? 0)}`);
    }
    const name = `${epoch};${parts.join(",")}`;
    const calls = logs.get(name) ?? new Set();
    logs.set(name, calls.add(callsUpTo(state.calls, epoch)));
  }
}
