// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the store's hot path to `dist/wasm/store-kv64.wasm`. Nobody has to believe what it does, so there is no measurement to publish.
 *
 *   node scripts/build-wasm.mjs [--out DIR]
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";

const PACKAGE = new URL("../", import.meta.url);

/** `abort=` drops the one function that AssemblyScript would import; nothing here calls it. */
const OPTIONS = [
  ["--use", "abort="],
  ["--runtime", "stub"],
  ["-O3", "--noAssert", "--converge"],
  ["--enable", "simd"],
].flat();

/**
 * Compiles the store.
 *
 * @returns {Promise<Uint8Array>} the module
 */
export async function compileStore() {
  let binary;
  const { error, stderr } = await asc.main(
    ["assembly/index.ts", "--outFile", "module.wasm", ...OPTIONS],
    {
      readFile: (name) => readFile(new URL(name, PACKAGE), "utf8").catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  const messages = stderr.toString();
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
  const binary = await compileStore();
  await writeFile(`${values.out}/store-kv64.wasm`, binary);
  console.log(`store-kv64.wasm  ${binary.length} bytes`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
