// SPDX-License-Identifier: Apache-2.0
// `npm test`: install, build, lint, type-check the tests, run them. Arguments after `--` go to vitest.
import { build, install, runTool } from "./setup.mjs";

install();
build();
runTool("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]);
runTool("typescript/bin/tsc", ["-p", "tsconfig.test.json"]);
runTool("vitest/vitest.mjs", ["run", ...process.argv.slice(2)]);
