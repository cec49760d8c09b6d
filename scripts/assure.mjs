// SPDX-License-Identifier: Apache-2.0
// `npm run assure`: install, build, then the tests by machine at full length, which `npm test` only samples. Takes long.
// Arguments choose parts by name; without any, all of them run. ZETA_SEED, ZETA_LOGS and ZETA_WORKERS are passed on.
import { build, install, run, runTool } from "./setup.mjs";

/** Each part: environment on top of ours, and the tests or the program of packages/assurance that it runs. */
const PARTS = {
  // Every byte of the signed regions flipped, truncation at every length.
  attestation: { env: { ZETA_ASSURE: "1" }, tests: ["packages/attestation"] },
  // Honest workloads of every shape: each epoch must be certified.
  completeness: { program: "packages/assurance/dist/completeness/main.js" },
  // The monitor rebuilt without each of its rules: the attack on the rule must then succeed.
  mutants: { program: "packages/assurance/dist/mutants/main.js" },
  // Eight gateways, 500 batches, a real Postgres and everything that goes wrong; a batch with any of its bytes changed.
  gateway: {
    env: { ZETA_ASSURE: "1", ZETA_REQUIRE_POSTGRES: "1" },
    tests: [
      "packages/gateway",
      "packages/prover-api",
      "packages/tee-api",
      "packages/service/test/batches",
    ],
  },
  // Valid, mutated and garbage logs through both monitors, entry by entry.
  differential: { program: "packages/assurance/dist/differential/main.js" },
  // All logs of small worlds: what can be certified is sequentially consistent.
  "small-scope": { program: "packages/assurance/dist/small-scope/run.js" },
  // The whole service with a lying host in one process, seed after seed.
  sim: { program: "packages/assurance/dist/simulator/run.js" },
  // Every decoder of foreign bytes, on mutated input.
  fuzz: { program: "packages/assurance/dist/fuzz/run.js" },
  // docs/assurance.md, from the results of all parts.
  report: { program: "packages/assurance/dist/report/run.js" },
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  console.error(`assure: expected ${Object.keys(PARTS).join(" or ")}, got ${unknown}`);
  process.exit(2);
}

install();
build();
for (const [name, { env = {}, tests, program }] of Object.entries(PARTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const command = program === undefined ? ["vitest run", ...tests] : ["node", program];
  console.log(`assure: ${[...settings, ...command].join(" ")}`);
  const start = performance.now();
  Object.assign(process.env, env);
  if (program === undefined) runTool("vitest/vitest.mjs", ["run", ...tests]);
  else run(process.execPath, [program]);
  console.log(`assure: ${name} holds, ${Math.round((performance.now() - start) / 1000)} s`);
}
