// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";
import { alphabetOf } from "./alphabet.ts";
import { Candidates } from "./candidates.ts";
import { describe, type Entry } from "./entry.ts";
import { RealThreads, Translator } from "./real-monitor.ts";
import { Stepper } from "./step.ts";
import { CLOCK, initialState, keyAt, slotCount, type ThreadState } from "./thread-state.ts";
import type { World } from "./world.ts";

/** Longest log of a comparison: longer than what the search looks at. */
const ENTRIES_MAX = 14;

/**
 * Runs one random log through the model, the WebAssembly monitor and the reference, entry by entry. Two entries in
 * three are ones that the search would try, the others come from the whole alphabet.
 *
 * @returns how many entries were compared, and the first difference or null.
 */
export function compareOneLog(
  world: World,
  random: Random,
): {
  readonly entries: number;
  readonly refused: string | null;
  readonly difference: string | null;
} {
  const thread = random.below(2) as 0 | 1;
  const stepper = new Stepper(world);
  const candidates = new Candidates(world, stepper, world.elementsBy(thread === 0 ? 1 : 0));
  const alphabet = alphabetOf(world, thread);
  const translator = new Translator(world);
  const real = new RealThreads(world, thread);
  let state: ThreadState = initialState(world, thread);
  const log: string[] = [];
  for (let i = 0; i < ENTRIES_MAX; i++) {
    const tried = candidates.of(state);
    const likely = tried.length > 0 && random.below(3) < 2 ? tried : alphabet;
    const entry: Entry = random.pick(likely);
    log.push(describe(entry));
    const results = real.verify(translator.frame(state, entry));
    const after = stepper.step(state, entry);
    const check = typeof after === "string" ? after : null;
    if (results.some((result) => result.check !== check)) {
      const said = results.map((result) => result.check ?? "accepted").join(" and ");
      const difference = `${log.join("; ")}: model ${check ?? "accepted"}, monitors ${said}`;
      return { entries: i + 1, refused: check, difference };
    }
    if (typeof after === "string") return { entries: i + 1, refused: after, difference: null };
    state = after;
    const difference = compareState(translator, state, real);
    if (difference !== null) {
      return { entries: i + 1, refused: null, difference: `${log.join("; ")}: ${difference}` };
    }
  }
  return { entries: ENTRIES_MAX, refused: null, difference: null };
}

function compareState(
  translator: Translator,
  state: ThreadState,
  real: RealThreads,
): string | null {
  const { epoch, counter } = translator.time(state.cells[CLOCK] ?? 0);
  for (const clock of real.clocks) {
    if (clock.epoch === epoch && clock.counter === counter) continue;
    return `clock ${epoch}.${counter}, monitor ${clock.epoch}.${clock.counter}`;
  }
  const slots = slotCount(state);
  const used = Array.from({ length: slots }, (_, slot) => keyAt(state, slot) !== -1).join();
  const others = real.used(slots).map((one) => one.join());
  return others.every((one) => one === used)
    ? null
    : `slots ${used}, monitors ${others.join(" and ")}`;
}
