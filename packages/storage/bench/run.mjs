// SPDX-License-Identifier: Apache-2.0
// Bundles the measurement beside the libraries and runs it: node packages/storage/bench/run.mjs PLACE [RECORDS]
// @ts-check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outfile = fileURLToPath(
  new URL("../../../node_modules/.cache/zeta-storage-bench.mjs", import.meta.url),
);
await build({
  entryPoints: [fileURLToPath(new URL("storage-bench.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "esm",
  conditions: ["source"],
  external: ["lmdb", "pg", "ioredis", "kysely"],
  outfile,
  logLevel: "warning",
});
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exit(status ?? 1);
