// SPDX-License-Identifier: Apache-2.0
// `npm start`: install, build, run the service. Arguments after `--` go to `zeta serve`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stopWithParent } from "../packages/cli/bin/stop-with-parent.js";
import { build, install, root } from "./setup.mjs";

install();
build();
// Started otherwise (`node scripts/start.mjs &`) it may well outlive the shell.
if (process.env.npm_lifecycle_event === "start") stopWithParent();
process.argv.splice(2, process.argv.length, "serve", ...process.argv.slice(2));
await import(pathToFileURL(join(root, "packages", "cli", "bin", "zeta.js")).href);
