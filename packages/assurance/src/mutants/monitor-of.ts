// SPDX-License-Identifier: Apache-2.0
import { compileFunction } from "node:vm";
import * as aggregator from "@zeta/monitor/aggregator";
import * as enclave from "@zeta/monitor/enclave";
import type { Monitor } from "@zeta/monitor/test/support/monitors";
import { loadMonitorModule, type MonitorModule } from "@zeta/monitor/wasm-module";
import * as wasmThread from "@zeta/monitor/wasm-thread";
import type { Profile } from "@zeta/protocol/profile";
import ts from "typescript";
import { buildPatched, type Patch, patchedSource } from "../monitors/wasm-build.ts";

/** The enclave of profile `bytes` after changes to its sources. */
export async function enclaveWith(
  patches: readonly Patch[],
): Promise<typeof enclave.createEnclave> {
  const module = await moduleWith("bytes", patches);
  const isChanged = patches.some(({ file }) => file.startsWith("src/"));
  const sources = isChanged ? await evaluate("src/enclave.ts", patches) : enclave;
  const { createEnclave } = sources as Pick<typeof enclave, "createEnclave">;
  return (options) => createEnclave({ ...options, module });
}

async function moduleWith(profile: Profile, patches: readonly Patch[]): Promise<MonitorModule> {
  const assembly = patches.filter(({ file }) => file.startsWith("assembly/"));
  const bytes = assembly.length === 0 ? undefined : await buildPatched(profile, assembly);
  return loadMonitorModule(profile, bytes);
}

/** The monitor after changes to its sources: the module is compiled, the loader and the aggregate are evaluated from the changed text. */
export async function monitorWith(profile: Profile, patches: readonly Patch[]): Promise<Monitor> {
  const module = await moduleWith(profile, patches);
  const loader = (await changed("src/wasm-thread.ts", patches, wasmThread)) as Loader;
  const aggregate = (await changed("src/aggregator.ts", patches, aggregator)) as Aggregate;
  return {
    createThread: (options) => loader.createWasmThread(module, options),
    createAggregator: aggregate.createAggregator,
  };
}

type Loader = Pick<typeof wasmThread, "createWasmThread">;
type Aggregate = Pick<typeof aggregator, "createAggregator">;

/** A file of packages/monitor after its patches; the module as it is when there are none. */
async function changed(
  file: string,
  patches: readonly Patch[],
  original: unknown,
): Promise<unknown> {
  return patches.some((patch) => patch.file === file) ? evaluate(file, patches) : original;
}

/** Runs a TypeScript file of packages/monitor after the patches; of the files beside it that it imports, those that are patched too. */
async function evaluate(file: string, patches: readonly Patch[]): Promise<unknown> {
  const source = patchedSource(file, patches);
  const imported = new Map<string, unknown>();
  for (const { fileName } of ts.preProcessFile(source).importedFiles) {
    const [, beside] = /^\.\/([\w-]+)\.ts$/.exec(fileName) ?? [];
    const isPatched = patches.some(({ file: other }) => other === `src/${beside}.ts`);
    const name = beside === undefined ? fileName : `@zeta/monitor/${beside}`;
    imported.set(
      fileName,
      await (isPatched ? evaluate(`src/${beside}.ts`, patches) : import(name)),
    );
  }
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const exports = {};
  const require = (name: string): unknown => imported.get(name);
  compileFunction(outputText, ["exports", "require"])(exports, require);
  return exports;
}
