// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run assure small-scope`: all worlds at full length, the teeth, and the model against both monitors. Arguments name worlds to look at
 * instead, each with its lengths: `leaf 9 5`; then no result is written.
 */
import { Random } from "@zeta/monitor/test/support/random";
import { writeResult } from "../results.ts";
import { compareOneLog } from "./conformance.ts";
import { type SearchResult, search } from "./search.ts";
import { World, type WorldShape } from "./world.ts";
import { SEARCHES, TEETH } from "./worlds.ts";

const SEED = 4;
/** Some 5 GB of memory. */
const STATES_MAX = 40_000_000;
const COMPARED_LOGS = 1_000;

const started = performance.now();
const seconds = (): number => Math.round((performance.now() - started) / 1000);
const say = (line: string): void => console.log(`${String(seconds()).padStart(5)} s  ${line}`);

function look(shape: WorldShape, lengths: readonly [number, number]): SearchResult {
  const result = search({ shape, bounds: { lengths, statesMax: STATES_MAX }, progress: say });
  say(
    `${shape.name} ${lengths.join("+")}: ${result.violations} violations in ${result.certified} certified pairs, ` +
      `${result.states} states for ${result.logs.toExponential(1)} pairs of logs`,
  );
  if (result.example !== null) say(`for example ${result.example.calls.join(" | ")}`);
  return result;
}

function runAll(): void {
  const worlds = SEARCHES.map(({ shape, full }) => ({ shape, full, result: look(shape, full) }));
  const toothless = TEETH.filter(({ rule, shape, lengths }) => {
    const bounds = { lengths, statesMax: STATES_MAX };
    const { violations } = search({ shape, bounds, disabled: [rule] });
    say(`without ${rule}: ${violations} violations`);
    return violations === 0;
  });
  const compared = compare();
  const sum = (of: (result: SearchResult) => number): number =>
    worlds.reduce((total, { result }) => total + of(result), 0);
  const violations = sum((result) => result.violations);
  const holds = violations === 0 && toothless.length === 0 && compared.differences === 0;
  writeResult({
    part: "small-scope",
    seed: SEED,
    counts: {
      worlds: worlds.length,
      logs: sum((result) => result.logs),
      states: sum((result) => result.states),
      transitions: sum((result) => result.transitions),
      certified: sum((result) => result.certified),
      violations,
      rulesLeftOut: TEETH.length,
      rulesLeftOutWithoutViolation: toothless.length,
      comparedLogs: COMPARED_LOGS * SEARCHES.length,
      comparedEntries: compared.entries,
      differences: compared.differences,
    },
    seconds: seconds(),
    outcome: holds ? "holds" : "fails",
    command: "npm run assure small-scope",
    details: worlds.map(({ shape, full, result }) => ({
      world: shape.name,
      keys: shape.keys.length,
      slots: shape.slots,
      counters: shape.counters,
      epochs: shape.epochs,
      lengths: full,
      alphabet: result.alphabet,
      logs: result.logs,
      states: result.states,
      certified: result.certified,
      violations: result.violations,
    })),
  });
  if (!holds) process.exitCode = 1;
}

function compare(): { entries: number; differences: number } {
  const random = new Random(SEED);
  let entries = 0;
  let differences = 0;
  for (const { shape } of SEARCHES) {
    const world = new World(shape);
    for (let i = 0; i < COMPARED_LOGS; i++) {
      const { difference, entries: compared } = compareOneLog(world, random);
      entries += compared;
      if (difference === null) continue;
      differences++;
      say(`model and monitors differ: ${difference}`);
    }
  }
  say(`${entries} entries through the model and both monitors, ${differences} differences`);
  return { entries, differences };
}

const [name, first, second] = process.argv.slice(2);
if (name === undefined) runAll();
else {
  const known = [...SEARCHES, ...TEETH].find(({ shape }) => shape.name === name);
  if (known === undefined) throw new Error(`expected the name of a world, got ${name}`);
  look(known.shape, [Number(first), Number(second)]);
}
