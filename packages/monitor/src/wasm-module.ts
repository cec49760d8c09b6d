// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { sha256 } from "@zeta/protocol/digest";
import { assert } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";
import { type CompiledModule, webAssembly } from "./webassembly.ts";

/** A compiled monitor, to be instantiated once per monitor thread. */
export interface MonitorModule {
  readonly profile: Profile;
  readonly module: CompiledModule;
  /** SHA-256 of the module's bytes: what attestation reports and certificates name. */
  readonly measurement: Uint8Array;
}

/** This file runs from `src/` in tests and from `dist/src/` in production; the build puts the modules into `dist/wasm/`. */
const DIRECTORIES = ["../wasm/", "../dist/wasm/"];

function readBuiltModule(profile: Profile): Uint8Array<ArrayBuffer> {
  const candidates = DIRECTORIES.map(
    (directory) => new URL(`${directory}${profile}.wasm`, import.meta.url),
  );
  const file = candidates.find((url) => existsSync(url));
  assert(file !== undefined, `dist/wasm/${profile}.wasm to be built (scripts/build-wasm.mjs)`);
  return new Uint8Array(readFileSync(file));
}

/**
 * Compiles the monitor of a profile.
 *
 * @param bytes the module, if the caller has it already; by default the one that this package's build made
 */
export function loadMonitorModule(
  profile: Profile,
  bytes: Uint8Array<ArrayBuffer> = readBuiltModule(profile),
): MonitorModule {
  const module = new webAssembly.Module(bytes);
  const imports = webAssembly.Module.imports(module);
  assert(imports.length === 0, `a module without imports, got ${imports.length}`);
  return Object.freeze({ profile, module, measurement: sha256(bytes) });
}
