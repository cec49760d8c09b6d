// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run assure differential`: a million logs through the WebAssembly monitor and through the reference monitor, which share no code.
 * ZETA_SEED and ZETA_LOGS choose others, ZETA_WORKERS the number of threads.
 */
import { writeResult } from "../results.ts";
import { farmSeeds } from "../seed-farm.ts";
import { numberSetting } from "../settings.ts";
import { Differential } from "./batch.ts";
import { LOGS_PER_SEED } from "./cases.ts";

const seed = numberSetting("ZETA_SEED", 1);
const logs = numberSetting("ZETA_LOGS", 1_000_000);
const seeds = Math.ceil(logs / LOGS_PER_SEED);

// Compiles what the workers then find in the cache.
await Differential.build();
console.log(`differential: ${seeds * LOGS_PER_SEED} logs from seed ${seed}`);
const script = new URL("./worker.js", import.meta.url);
const { counts, met, failures, seconds } = await farmSeeds(script, seed, seed + seeds);

const differences = failures.length;
const { logs: compared = 0, ...rest } = counts;
console.log(`differential: ${compared} logs, ${differences} differences, ${seconds} s`);
console.log(`differential: refused by ${met.length - 1} checks: ${met.join(" ")}`);
for (const failure of failures) console.error(`differential: ${failure}`);
writeResult({
  part: "differential",
  seed,
  counts: { logs: compared, differences, ...rest, checks: met.length - 1 },
  seconds,
  outcome: differences === 0 ? "holds" : "fails",
  command: `ZETA_SEED=${seed} ZETA_LOGS=${logs} npm run assure differential`,
  details: { checks: met.filter((name) => name !== "ok") },
});
if (differences > 0) process.exitCode = 1;
