// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run sim -- --seed N` prints one run; `--seeds N-M` runs many and prints those that fail; without arguments (`npm run assure sim`) the
 * full number of seeds, with the result written down; ZETA_SEED and ZETA_LOGS choose others.
 */
import { parseArgs } from "node:util";
import { writeResult } from "../results.ts";
import { type FarmResult, farmSeeds } from "../seed-farm.ts";
import { numberSetting } from "../settings.ts";
import { failureOf } from "./failure.ts";
import { simulate } from "./simulate.ts";

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

/** Runs many seeds on all cores; ends early after a failure. */
async function runMany(first: number, last: number): Promise<FarmResult> {
  const script = new URL("./worker.js", import.meta.url);
  const result = await farmSeeds(script, first, last + 1);
  for (const failure of result.failures) console.log(failure);
  console.log(JSON.stringify(result.counts));
  if (result.failures.length > 0) process.exitCode = 1;
  return result;
}

async function runFull(): Promise<void> {
  const first = numberSetting("ZETA_SEED", 1);
  const runs = numberSetting("ZETA_LOGS", 10_000);
  const { counts, met, failures, seconds } = await runMany(first, first + runs - 1);
  writeResult({
    part: "sim",
    seed: first,
    counts: { ...counts, kindsOfMischief: met.length, failures: failures.length },
    seconds,
    outcome: failures.length === 0 ? "holds" : "fails",
    command: `ZETA_SEED=${first} ZETA_LOGS=${runs} npm run assure sim`,
    details: { mischief: met },
  });
}

const { values } = parseArgs({ options: { seed: { type: "string" }, seeds: { type: "string" } } });
const [from, to] = (values.seeds ?? "").split("-").map(Number);
if (values.seed !== undefined) await runOne(Number(values.seed));
else if (values.seeds === undefined) await runFull();
else if (Number.isInteger(from) && Number.isInteger(to)) {
  await runMany(from as number, to as number);
} else throw new Error(`expected --seeds N-M, got ${values.seeds}`);
