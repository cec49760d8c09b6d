// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { assert } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";
import { type CompiledStore, compileStoreModule } from "./webassembly.ts";

/** This file runs from `src/wasm/` in tests and from `dist/wasm/` in production; the build puts the modules into `dist/wasm/`. */
const DIRECTORIES = ["./", "../../dist/wasm/"];

const compiled = new Map<Profile, CompiledStore>();

/** The module of a profile that this package's build made; compiled once in a process. */
export function storeModule(profile: Profile): CompiledStore {
  const known = compiled.get(profile);
  if (known !== undefined) return known;
  const module = compileStoreModule(readBuiltModule(`store-${profile}.wasm`));
  compiled.set(profile, module);
  return module;
}

function readBuiltModule(name: string): Uint8Array<ArrayBuffer> {
  const urls = DIRECTORIES.map((directory) => new URL(`${directory}${name}`, import.meta.url));
  const file = urls.find((url) => existsSync(url));
  assert(file !== undefined, `dist/wasm/${name} to be built (scripts/build-wasm.mjs)`);
  return new Uint8Array(readFileSync(file));
}
