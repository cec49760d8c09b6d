// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { hashSources } from "@zeta/hashes/compile";
import { compile } from "@zeta/monitor/build-wasm";
import { assert } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";

/** A change to one source file: the text must occur exactly once, or the harness no longer fits the monitor. */
export interface Patch {
  /** File below `packages/monitor/`, such as `assembly/merkle-ops.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const MONITOR = new URL("../../../monitor/", import.meta.url);
const CACHE = new URL("../../../../node_modules/.cache/zeta-assurance/", import.meta.url);

/**
 * Applies the patches of one file to its text.
 *
 * @example applyPatches("assembly/a.ts", "return x > 1;", [{ file: "assembly/a.ts", find: "x > 1", replace: "true" }])
 */
export function applyPatches(file: string, text: string, patches: readonly Patch[]): string {
  return patches
    .filter((patch) => patch.file === file)
    .reduce((changed, { find, replace }) => {
      const times = changed.split(find).length - 1;
      assert(times === 1, `once in ${file}: ${JSON.stringify(find)}, got it ${times} times`);
      return changed.replace(find, () => replace);
    }, text);
}

/** The text of a file of packages/monitor after the patches. */
export function patchedSource(file: string, patches: readonly Patch[]): string {
  return applyPatches(file, readFileSync(new URL(file, MONITOR), "utf8"), patches);
}

/**
 * Builds the monitor of a profile from patched sources. Compiling takes seconds, so the result is kept under `node_modules/.cache` by the
 * hash of everything that it depends on.
 */
export async function buildPatched(
  profile: Profile,
  patches: readonly Patch[],
): Promise<Uint8Array<ArrayBuffer>> {
  const key = createHash("sha256").update(profile);
  for (const name of readdirSync(new URL("assembly/", MONITOR)).sort()) {
    if (name.endsWith(".ts")) key.update(patchedSource(`assembly/${name}`, patches));
  }
  for (const text of await hashSources()) key.update(text);
  key.update(readFileSync(new URL("scripts/build-wasm.mjs", MONITOR)));
  key.update(readFileSync(new URL("../../package.json", MONITOR)));
  const file = new URL(`${key.digest("hex")}.wasm`, CACHE);
  if (existsSync(file)) return new Uint8Array(readFileSync(file));
  const module = await compile("index.ts", profile, (name, text) =>
    applyPatches(name, text, patches),
  );
  mkdirSync(CACHE, { recursive: true });
  // Another process may be building the same module: the last rename wins, with the same bytes.
  const draft = new URL(`${file.href}.${process.pid}`);
  writeFileSync(draft, module);
  renameSync(draft, file);
  return module;
}
