// SPDX-License-Identifier: Apache-2.0
import { type SeedResult, tendSeeds } from "../seed-farm.ts";
import { failureOf } from "./failure.ts";
import { simulate } from "./simulate.ts";

await tendSeeds(async () => trySeed);

async function trySeed(seed: number): Promise<SeedResult> {
  const result = await simulate({ seed });
  const { honest, mischief, liesTold, refusals, violation, reordered } = result;
  const failure = failureOf(result);
  const counts = {
    runs: 1,
    honestRuns: Number(honest),
    lyingRuns: Number(!honest),
    runsWithMischief: Number(mischief.length > 0),
    runsWithFalseAnswers: Number(liesTold > 0),
    runsWithRefusal: Number(refusals.length > 0),
    runsWithViolation: Number(violation),
    runsReordered: Number(reordered),
    answers: result.answers,
    certified: result.certified,
    falseAnswers: liesTold,
  };
  const repeat = `npm run sim -- --seed ${seed}`;
  return {
    counts,
    met: new Set(mischief),
    failure: failure === null ? null : `seed ${seed} FAILS: ${failure} (${repeat})`,
  };
}
