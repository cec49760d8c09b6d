// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the store's hot path to `dist/wasm/store-{kv64,bytes}.wasm`. Nobody has to believe what it does, so there is no measurement to publish.
 *
 *   node scripts/build-wasm.mjs [--out DIR]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { compileAssembly } from "@zeta/hashes/compile";

const PACKAGE = new URL("../", import.meta.url);

/** Profile name to the value of PROFILE_BYTES. */
const PROFILES = { kv64: 0, bytes: 1 };

/**
 * Compiles the store of a profile.
 *
 * @param {"kv64" | "bytes"} profile
 * @returns {Promise<Uint8Array>} the module
 */
export function compileStore(profile) {
  return compileAssembly(PACKAGE, `${profile}.ts`, [`PROFILE_BYTES=${PROFILES[profile]}`]);
}

async function main() {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: fileURLToPath(new URL("dist/wasm/", PACKAGE)) },
    },
  });
  await mkdir(values.out, { recursive: true });
  for (const profile of Object.keys(PROFILES)) {
    const binary = await compileStore(profile);
    await writeFile(`${values.out}/store-${profile}.wasm`, binary);
    console.log(`store-${profile}.wasm  ${binary.length} bytes`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
