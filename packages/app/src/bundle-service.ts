// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { ZetaError } from "@zeta/protocol/error";
import { type BuildFailure, build, type Plugin } from "esbuild";

/**
 * Bundles a service's file into its code: one script without imports, the same on every machine (comments, which would hold paths, and
 * spaces are left out). Clients hash it, and the hash is part of the measurement.
 *
 * @param file TypeScript or JavaScript whose default export is a service.
 * @throws ZetaError `service_code_refused` for a file that cannot be bundled.
 * @example
 * const code = await bundleService("./my-service.ts");
 */
export async function bundleService(file: string): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      // esbuild's own is where the process was when esbuild was loaded.
      absWorkingDir: process.cwd(),
      bundle: true,
      write: false,
      format: "iife",
      globalName: "service",
      platform: "neutral",
      target: "es2022",
      charset: "utf8",
      minifyWhitespace: true,
      legalComments: "none",
      logLevel: "silent",
      tsconfigRaw: {},
      plugins: [thisPackage],
    });
    return outputFiles[0]?.text ?? "";
  } catch (cause) {
    const message = `expected a file to bundle, got: ${reasonOf(cause)}`;
    throw new ZetaError("service_code_refused", message, { cause });
  }
}

/** The first error, where it is in the file, on one line; the others mostly follow from it. */
function reasonOf(cause: unknown): string {
  const [first] = (cause as Partial<BuildFailure>).errors ?? [];
  if (first === undefined) return cause instanceof Error ? cause.message : String(cause);
  const { text, location } = first;
  return location === null ? text : `${location.file}:${location.line}: ${text}`;
}

/** `@zeta/app` is this package, wherever the service's file stands. */
const thisPackage: Plugin = {
  name: "zeta-app",
  setup({ onResolve }) {
    // Always the sources, which stand beside `dist`: compiled, the same text could come out different.
    const path = fileURLToPath(new URL("../src/index.ts", import.meta.url));
    onResolve({ filter: /^@zeta\/app$/ }, () => ({ path, sideEffects: false }));
  },
};
