// SPDX-License-Identifier: Apache-2.0
/** `npm run assure fuzz`: every decoder of foreign bytes, many mutated inputs each. ZETA_SEED chooses other ones. */
import { writeResult } from "../results.ts";
import { fuzzers } from "./fuzz.ts";

const INPUTS = 50_000;
const seed = Number(process.env.ZETA_SEED ?? 6);

const started = performance.now();
const results = fuzzers(seed).map((one) => {
  const begun = performance.now();
  const result = one.run(INPUTS);
  const { target, accepted, failures } = result;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `${target}: ${INPUTS} inputs, ${accepted} accepted, ${failures.length} failures, ${seconds} s`,
  );
  for (const failure of failures) console.log(`  seed ${seed}: ${failure}`);
  return result;
});
const failures = results.reduce((sum, one) => sum + one.failures.length, 0);
writeResult({
  part: "fuzz",
  seed,
  counts: {
    decoders: results.length,
    inputs: results.reduce((sum, one) => sum + one.inputs, 0),
    accepted: results.reduce((sum, one) => sum + one.accepted, 0),
    failures,
  },
  seconds: Math.round((performance.now() - started) / 1000),
  outcome: failures === 0 ? "holds" : "fails",
  command: "npm run assure fuzz",
  details: results.map(({ target, inputs, accepted }) => ({ decoder: target, inputs, accepted })),
});
if (failures > 0) process.exitCode = 1;
