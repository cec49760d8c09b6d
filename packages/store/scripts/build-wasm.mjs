// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the store's hot path to `dist/wasm/store-{kv64,bytes}.wasm`. Nobody has to believe what it does, so there is no measurement to publish.
 *
 *   node scripts/build-wasm.mjs [--out DIR]
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";

const PACKAGE = new URL("../", import.meta.url);

/** Profile name to the value of PROFILE_BYTES. */
const PROFILES = { kv64: 0, bytes: 1 };

/** `abort=` drops the one function that AssemblyScript would import; nothing here calls it. */
const OPTIONS = [
  ["--use", "abort="],
  ["--runtime", "stub"],
  ["-O3", "--noAssert", "--converge"],
  ["--enable", "simd"],
  // Warning 112: a v128 parameter of an exported function. It is exported to another file, not from the module.
  ["--disableWarning", "112"],
].flat();

/**
 * Compiles the store of a profile.
 *
 * @param {"kv64" | "bytes"} profile
 * @returns {Promise<Uint8Array>} the module
 */
export async function compileStore(profile) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      `assembly/${profile}.ts`,
      ...["--outFile", "module.wasm"],
      ...["--use", `PROFILE_BYTES=${PROFILES[profile]}`],
      ...OPTIONS,
    ],
    {
      readFile: (name) => readFile(new URL(name, PACKAGE), "utf8").catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  // Said when a last pass of the optimiser made the module larger again.
  const messages = stderr.toString().replace("Last converge was suboptimal.\n", "");
  if (error) throw new Error(`${messages}${error.message}`);
  // A warning means that the compiler understood something else than the author.
  if (messages !== "") throw new Error(messages);
  return binary;
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
