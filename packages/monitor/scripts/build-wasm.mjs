// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the monitor thread to `dist/wasm/{kv64,bytes}.wasm` and prints the SHA-256 of each: the measurement that attestation reports.
 * The output depends on the sources and the pinned compiler alone (relative paths, no debug information), so anybody can repeat it.
 *
 *   node scripts/build-wasm.mjs [--update-measurements] [--out DIR]
 *
 * Without `--update-measurements` a difference from `packages/protocol/src/measurements.ts` is reported and the exit code is 1.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { compileAssembly } from "@zeta/hashes/compile";

const PACKAGE = new URL("../", import.meta.url);
const MEASUREMENTS = new URL("../protocol/src/measurements.ts", PACKAGE);
/** Profile name to the value of PROFILE_BYTES. */
const PROFILES = { kv64: 0, bytes: 1 };

/**
 * Compiles one entry file of `assembly/`.
 *
 * @param {string} entry file name
 * @param {"kv64" | "bytes"} profile
 * @param {(file: string, text: string) => string} [edit] what the mutation harness changes; by default nothing
 * @returns {Promise<Uint8Array>} the module
 */
export function compile(entry, profile, edit) {
  return compileAssembly(PACKAGE, entry, [`PROFILE_BYTES=${PROFILES[profile]}`], edit);
}

export function sha256Hex(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function measurementsSource(measurements) {
  return `// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * \`packages/monitor/scripts/build-wasm.mjs --update-measurements\`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "${measurements.kv64}",
  bytes: "${measurements.bytes}",
} as const;
`;
}

async function main() {
  const { values } = parseArgs({
    options: {
      "update-measurements": { type: "boolean", default: false },
      out: { type: "string", default: fileURLToPath(new URL("dist/wasm/", PACKAGE)) },
    },
  });
  await mkdir(values.out, { recursive: true });
  const measurements = {};
  for (const profile of Object.keys(PROFILES)) {
    const binary = await compile("index.ts", profile);
    measurements[profile] = sha256Hex(binary);
    await writeFile(`${values.out}/${profile}.wasm`, binary);
    console.log(`${measurements[profile]}  ${profile}.wasm  ${binary.length} bytes`);
  }
  const source = measurementsSource(measurements);
  if (values["update-measurements"]) return writeFile(MEASUREMENTS, source);
  if ((await readFile(MEASUREMENTS, "utf8").catch(() => "")) !== source) {
    console.error(
      "expected the measurements in packages/protocol/src/measurements.ts, got those above",
    );
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
