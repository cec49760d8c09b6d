// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { assert } from "@zeta/protocol/error";
import { type CompiledStore, compileStoreModule } from "./webassembly.ts";

/** This file runs from `src/wasm/` in tests and from `dist/wasm/` in production; the build puts the modules into `dist/wasm/`. */
const DIRECTORIES = ["./", "../../dist/wasm/"];

let compiled: CompiledStore | null = null;

/** The module of profile `kv64` that this package's build made; compiled once in a process. */
export function kv64StoreModule(): CompiledStore {
  if (compiled === null) {
    const urls = DIRECTORIES.map((folder) => new URL(`${folder}store-kv64.wasm`, import.meta.url));
    const file = urls.find((url) => existsSync(url));
    assert(file !== undefined, "dist/wasm/store-kv64.wasm to be built (scripts/build-wasm.mjs)");
    compiled = compileStoreModule(new Uint8Array(readFileSync(file)));
  }
  return compiled;
}
