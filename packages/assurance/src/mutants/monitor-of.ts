// SPDX-License-Identifier: Apache-2.0
import { compileFunction } from "node:vm";
import type { createAggregator } from "@zeta/monitor/aggregator";
import type { Monitor } from "@zeta/monitor/test/support/monitors";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import type { createWasmThread } from "@zeta/monitor/wasm-thread";
import * as checks from "@zeta/protocol/checks";
import * as error from "@zeta/protocol/error";
import * as limits from "@zeta/protocol/limits";
import type { Profile } from "@zeta/protocol/profile";
import * as profiles from "@zeta/protocol/profile";
import ts from "typescript";
import { buildPatched, type Patch, patchedSource } from "../monitors/wasm-build.ts";

/** What the patched TypeScript files may import from other packages. */
const LIBRARIES: Readonly<Record<string, unknown>> = {
  "@zeta/protocol/checks": checks,
  "@zeta/protocol/error": error,
  "@zeta/protocol/limits": limits,
  "@zeta/protocol/profile": profiles,
};

/** The monitor after changes to its sources: the module is compiled, the loader and the aggregate are evaluated from the changed text. */
export async function monitorWith(profile: Profile, patches: readonly Patch[]): Promise<Monitor> {
  const assembly = patches.filter(({ file }) => file.startsWith("assembly/"));
  const bytes = assembly.length === 0 ? undefined : await buildPatched(profile, assembly);
  const module = loadMonitorModule(profile, bytes);
  const loader = evaluate("src/wasm-thread.ts", patches) as Loader;
  const aggregate = evaluate("src/aggregator.ts", patches) as Aggregate;
  return {
    createThread: (options) => loader.createWasmThread(module, options),
    createAggregator: aggregate.createAggregator,
  };
}

interface Loader {
  readonly createWasmThread: typeof createWasmThread;
}

interface Aggregate {
  readonly createAggregator: typeof createAggregator;
}

/** Runs a TypeScript file of packages/monitor, and the files beside it that it imports, after the patches. */
function evaluate(file: string, patches: readonly Patch[]): unknown {
  const { outputText } = ts.transpileModule(patchedSource(file, patches), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const exports = {};
  const require = (name: string): unknown => {
    if (name.startsWith("./")) return evaluate(`src/${name.slice(2)}`, patches);
    error.assert(Object.hasOwn(LIBRARIES, name), `a library that the harness knows, got ${name}`);
    return LIBRARIES[name];
  };
  compileFunction(outputText, ["exports", "require"])(exports, require);
  return exports;
}
