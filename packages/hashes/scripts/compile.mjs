// SPDX-License-Identifier: Apache-2.0
/**
 * How AssemblyScript becomes a WebAssembly module here: one set of options for the monitor, the store and the tests of the hash functions.
 * The output depends on the sources and the pinned compiler alone (relative paths, no debug information), so anybody can repeat it.
 */
import { readdir, readFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const ASSEMBLY = new URL("../assembly/", import.meta.url);

/** `abort=` drops the one function that AssemblyScript would import; nothing here calls it. */
const OPTIONS = [
  ["--use", "abort="],
  ["--runtime", "stub"],
  ["-O3", "--noAssert", "--converge"],
  ["--enable", "simd"],
  // Warning 112: a v128 parameter of an exported function. It is exported to another file, not from the module.
  ["--disableWarning", "112"],
].flat();

/** The compiler looks for a package below `node_modules` of the folders above it; this room's sources are read where they are. */
const IN_THIS_ROOM = /^(?:\.\.\/)*node_modules\/@zeta\/hashes\/([\w-]+\.ts)$/;

/** Said when a last pass of the optimiser made the module larger again. */
const HARMLESS = "Last converge was suboptimal.\n";

/**
 * Compiles one entry file of a package's `assembly/`.
 *
 * @param {URL} room the package's folder
 * @param {string} entry file name
 * @param {readonly string[]} [constants] such as `PROFILE_BYTES=1`
 * @param {(file: string, text: string) => string} [edit] what the mutation harness changes in the package's own files; by default nothing
 * @returns {Promise<Uint8Array<ArrayBuffer>>} the module
 */
export async function compileAssembly(room, entry, constants = [], edit = (_file, text) => text) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      `assembly/${entry}`,
      ...["--outFile", "module.wasm"],
      ...constants.flatMap((constant) => ["--use", constant]),
      ...OPTIONS,
    ],
    {
      readFile: (name) => readSource(room, name.replaceAll("\\", "/"), edit),
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  const messages = stderr.toString().replace(HARMLESS, "");
  if (error) throw new Error(`${messages}${error.message}`);
  // A warning means that the compiler understood something else than the author.
  if (messages !== "") throw new Error(messages);
  return binary;
}

/** The text of a file, null if there is none of that name. */
async function readSource(room, name, edit) {
  const [, shared] = IN_THIS_ROOM.exec(name) ?? [];
  try {
    if (shared !== undefined) return await readFile(new URL(shared, ASSEMBLY), "utf8");
    return edit(name, await readFile(new URL(name, room), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** The texts of this room that a module may contain, by name: what a cache of built modules depends on. */
export async function hashSources() {
  const names = (await readdir(ASSEMBLY)).filter((name) => name.endsWith(".ts")).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, ASSEMBLY), "utf8")));
}
