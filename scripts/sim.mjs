// SPDX-License-Identifier: Apache-2.0
// `npm run sim -- --seed N`: one run of the simulated service with a readable trace; `--seeds N-M`: many of them.
import { build, install, root, run } from "./setup.mjs";

install();
build();
const program = `${root}/packages/assurance/dist/simulator/run.js`;
const args = process.argv.slice(2);
run(process.execPath, [program, ...(args.length > 0 ? args : ["--seed", "1"])]);
