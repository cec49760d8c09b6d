// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const LIBRARIES = ["lmdb", "pg", "ioredis", "kysely"];

/** A program of this folder as one file of JavaScript, inside node_modules, so that it finds the libraries. */
export async function bundleChild(name: string): Promise<string> {
  const cache = fileURLToPath(new URL("../../../../node_modules/.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `zeta-storage-${name}-${process.pid}.mjs`);
  await build({
    // The process may stand elsewhere when esbuild is first loaded, in a folder that is gone by now.
    absWorkingDir: process.cwd(),
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    external: LIBRARIES,
    outfile,
    logLevel: "silent",
  });
  return outfile;
}
