// SPDX-License-Identifier: Apache-2.0
/** `npm run assure completeness`: 10 000 honest worlds, all of whose epochs must be certified. ZETA_SEED and ZETA_LOGS choose others. */
import { writeResult } from "../results.ts";
import { farmSeeds } from "../seed-farm.ts";
import { numberSetting } from "../settings.ts";

const seed = numberSetting("ZETA_SEED", 1);
const worlds = numberSetting("ZETA_LOGS", 10_000);
const script = new URL("./worker.js", import.meta.url);
const { counts, failures, seconds } = await farmSeeds(script, seed, seed + worlds);

const uncertified = failures.length;
console.log(`completeness: ${counts.worlds} worlds, ${uncertified} uncertified, ${seconds} s`);
for (const failure of failures) console.error(`completeness: ${failure}`);
writeResult({
  part: "completeness",
  seed,
  counts: { ...counts, uncertified },
  seconds,
  outcome: uncertified === 0 ? "holds" : "fails",
  command: `ZETA_SEED=${seed} ZETA_LOGS=${worlds} npm run assure completeness`,
});
if (uncertified > 0) process.exitCode = 1;
