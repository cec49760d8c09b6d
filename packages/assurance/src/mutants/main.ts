// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run assure mutants`: the monitor rebuilt without each of its rules. Every attack must be certified by the mutant and refused by the
 * complete monitor.
 */
import { writeResult } from "../results.ts";
import { BOUNDED, boundaries } from "./boundaries.ts";
import { ATTACKS, RULES } from "./catalogue.ts";
import { checkpoints } from "./checkpoints.ts";
import { judgeAttack, judgeRule, type MutantRow } from "./judge.ts";
import { judgeSlotTwice } from "./service-attack.ts";

const start = performance.now();
const rows: MutantRow[] = [];

function add(row: MutantRow): void {
  rows.push(row);
  const outcome = row.faults.length === 0 ? row.mutant : `FAILS: expected ${row.faults.join("; ")}`;
  const caught = row.caughtBy ?? "-";
  console.log(`${row.check.padEnd(11)} ${caught.padEnd(10)} ${outcome.padEnd(10)} ${row.log}`);
}

console.log("check       caught by  mutant     log");
for (const attack of ATTACKS) add(await judgeAttack(attack));
add(await judgeSlotTwice());
const shown = new Set(["R.distinct", ...ATTACKS.flatMap(({ without }) => without), ...BOUNDED]);
for (const check of Object.keys(RULES)) if (!shown.has(check)) add(await judgeRule(check));
for (const row of await boundaries()) add(row);
for (const row of await checkpoints()) add(row);

const count = (mutant: MutantRow["mutant"]) => rows.filter((row) => row.mutant === mutant).length;
const faults = rows.filter((row) => row.faults.length > 0).length;
const counts = {
  mutants: rows.length,
  attacks: ATTACKS.length + 1,
  killed: count("killed"),
  visible: count("visible"),
  equivalent: count("equivalent"),
  faults,
};
const seconds = Math.round((performance.now() - start) / 1000);
console.log(`mutants: ${JSON.stringify(counts)}, ${seconds} s`);
writeResult({
  part: "mutants",
  seed: 1,
  counts,
  seconds,
  outcome: faults === 0 ? "holds" : "fails",
  command: "npm run assure mutants",
  details: { rows },
});
if (faults > 0) process.exitCode = 1;
