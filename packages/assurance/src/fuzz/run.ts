// SPDX-License-Identifier: Apache-2.0
/** `npm run assure fuzz`: every decoder of foreign bytes, many mutated inputs each. ZETA_SEED chooses other ones, ZETA_LOGS how many. */
import { writeResult } from "../results.ts";
import { numberSetting } from "../settings.ts";
import { fuzzers } from "./fuzz.ts";
import { fuzzHttp } from "./http-service.ts";

const seed = numberSetting("ZETA_SEED", 6);
const inputs = numberSetting("ZETA_LOGS", 80_000);
/** A request costs as much as a hundred inputs of a decoder. */
const REQUESTS_EVERY = 10;

// Refusals are what this makes most of, and their stacks cost more than the decoders.
Error.stackTraceLimit = 0;

const started = performance.now();
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
const results = (await fuzzers(seed)).map((one) => {
  const begun = performance.now();
  const result = one.run(inputs);
  const { target, accepted, outcomes, failures } = result;
  const figures = `${accepted} accepted, ${outcomes} outcomes, ${failures.length} failures`;
  console.log(`${target}: ${inputs} inputs, ${figures}, ${seconds(begun)} s`);
  return result;
});
const begun = performance.now();
const http = await fuzzHttp(seed, Math.ceil(inputs / REQUESTS_EVERY));
console.log(
  `${http.target}: ${http.inputs} requests, ${http.outcomes} outcomes, ${seconds(begun)} s`,
);
results.push(http);

for (const { target, failures } of results) {
  for (const failure of failures) console.log(`${target}, seed ${seed}: ${failure}`);
}
const sum = (of: (one: (typeof results)[number]) => number) =>
  results.reduce((total, one) => total + of(one), 0);
const failures = sum((one) => one.failures.length);
writeResult({
  part: "fuzz",
  seed,
  counts: {
    decoders: results.length,
    inputs: sum((one) => one.inputs),
    accepted: sum((one) => one.accepted),
    outcomes: sum((one) => one.outcomes),
    failures,
  },
  seconds: Math.round((performance.now() - started) / 1000),
  outcome: failures === 0 ? "holds" : "fails",
  command: `ZETA_SEED=${seed} ZETA_LOGS=${inputs} npm run assure fuzz`,
  details: results.map(({ target, failures: _, ...figures }) => ({ decoder: target, ...figures })),
});
if (failures > 0) process.exitCode = 1;
