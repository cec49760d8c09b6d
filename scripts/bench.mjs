// SPDX-License-Identifier: Apache-2.0
// `npm run bench`: install, build, then every group of `zeta bench`. Arguments after `--` go to each of them: `npm run bench -- --quick`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build, install, root } from "./setup.mjs";

const GROUPS = ["monitor", "store", "service", "client"];

install();
build();
const zeta = join(root, "packages", "cli", "bin", "zeta.js");
let isRight = true;
for (const group of GROUPS) {
  console.error(`zeta bench ${group}`);
  const args = [zeta, "bench", group, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  isRight &&= status === 0;
}
process.exit(isRight ? 0 : 1);
