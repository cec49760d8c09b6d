// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run sim -- --seed N` prints one run; `--seeds N-M` runs many and prints those that fail; without arguments (`npm run assure sim`) the
 * full number of seeds, with the result written down.
 */
import { parseArgs } from "node:util";
import { writeResult } from "../results.ts";
import { failureOf } from "./failure.ts";
import { simulate } from "./simulate.ts";

const FULL_SEEDS = { first: 1, last: 10_000 };

async function runOne(seed: number): Promise<void> {
  const result = await simulate({ seed, trace: (line) => console.log(line) });
  const failure = failureOf(result);
  const kind = result.honest
    ? "an honest host"
    : `a host that lied (${result.mischief.join(", ")})`;
  console.log(`seed ${seed}: ${kind}`);
  console.log(`answers ${result.answers}, certified ${result.certified}, false ${result.liesTold}`);
  console.log(failure === null ? "holds: no certified lie" : `FAILS: ${failure}`);
  if (failure !== null) process.exitCode = 1;
}

type Counts = Record<string, number> & { failures: number };

/** @param progress hears of the counts so far, once in a while. */
async function runMany(
  first: number,
  last: number,
  progress: (counts: Counts) => void = () => {},
): Promise<Counts> {
  const counts = {
    runs: 0,
    honestRuns: 0,
    lyingRuns: 0,
    runsWithMischief: 0,
    runsWithFalseAnswers: 0,
    runsWithRefusal: 0,
    runsWithViolation: 0,
    runsReordered: 0,
    answers: 0,
    certified: 0,
    falseAnswers: 0,
    failures: 0,
  };
  for (let seed = first; seed <= last; seed++) {
    const result = await simulate({ seed });
    const failure = failureOf(result);
    counts.runs++;
    counts[result.honest ? "honestRuns" : "lyingRuns"]++;
    if (result.mischief.length > 0) counts.runsWithMischief++;
    if (result.liesTold > 0) counts.runsWithFalseAnswers++;
    if (result.refusals.length > 0) counts.runsWithRefusal++;
    if (result.violation) counts.runsWithViolation++;
    if (result.reordered) counts.runsReordered++;
    counts.answers += result.answers;
    counts.certified += result.certified;
    counts.falseAnswers += result.liesTold;
    if (failure !== null) {
      counts.failures++;
      console.log(`seed ${seed} FAILS: ${failure} (npm run sim -- --seed ${seed})`);
    }
    if (counts.runs % 500 !== 0) continue;
    console.log(`${counts.runs} runs, ${counts.failures} failures`);
    progress(counts);
  }
  return counts;
}

async function runFull(): Promise<void> {
  const started = performance.now();
  // Written down on the way, too: a run that is cut short has covered what it has covered.
  const write = (counts: Counts): void =>
    writeResult({
      part: "sim",
      seed: FULL_SEEDS.first,
      counts,
      seconds: Math.round((performance.now() - started) / 1000),
      outcome: counts.failures === 0 ? "holds" : "fails",
      command: "npm run assure sim",
    });
  const counts = await runMany(FULL_SEEDS.first, FULL_SEEDS.last, write);
  write(counts);
  console.log(JSON.stringify(counts));
  if (counts.failures !== 0) process.exitCode = 1;
}

const { values } = parseArgs({ options: { seed: { type: "string" }, seeds: { type: "string" } } });
const [from, to] = (values.seeds ?? "").split("-").map(Number);
if (values.seed !== undefined) await runOne(Number(values.seed));
else if (values.seeds === undefined) await runFull();
else if (Number.isInteger(from) && Number.isInteger(to)) {
  const counts = await runMany(from as number, to as number);
  console.log(JSON.stringify(counts));
  if (counts.failures !== 0) process.exitCode = 1;
} else throw new Error(`expected --seeds N-M, got ${values.seeds}`);
