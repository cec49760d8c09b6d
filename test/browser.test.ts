// SPDX-License-Identifier: Apache-2.0
/** The verifier and the client as a browser gets them: one bundle each, without anything of Node's, that works where there is no Node. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { root } from "./sources.ts";

const SAMPLE = join(root, "packages/attestation/test/fixtures/tdx-v4/phala");

/** The bundle's text; a module of Node's in it is an error of the bundler's, because the platform has none. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    // The process may stand elsewhere when esbuild is first loaded, in a folder that is gone by now.
    absWorkingDir: process.cwd(),
    stdin: { contents: entry, resolveDir: join(root, "packages", "cli"), loader: "ts" },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "zeta",
    conditions: ["source"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** What every browser has of what the bundles use, and nothing else. */
const BROWSER = { crypto, TextEncoder, TextDecoder, URL, AbortController, AbortSignal };

function runInBrowser(bundle: string, script: string, given: object = {}): unknown {
  const context = createContext({ ...BROWSER, ...given });
  return runInContext(`${bundle}\n;${script}`, context);
}

describe("bundled for a browser", () => {
  test("a module of Node's is refused by the bundler, so that the tests below can fail", async () => {
    await expect(bundled('export * from "node:fs"')).rejects.toThrow('Could not resolve "node:fs"');
  });

  test("the verifier judges a real TDX quote", { timeout: 60_000 }, async () => {
    const bundle = await bundled(`
      export { dcapCollateralFromText } from "@zeta/attestation/dcap/collateral";
      export { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
      export { getVerdict } from "@zeta/attestation/verdict";`);
    expect(bundle).not.toMatch(/["']node:/);
    const script = `zeta.getVerdict(new Uint8Array(quote), {
      at: new Date("2025-06-20T00:00:00Z"),
      collateral: zeta.dcapCollateralFromText(collateral),
      policy: zeta.HARDWARE_ONLY_POLICY,
    })`;
    const given = {
      quote: [...readFileSync(join(SAMPLE, "quote.bin"))],
      collateral: readFileSync(join(SAMPLE, "collateral.json"), "utf8"),
    };
    const verdict = await runInBrowser(bundle, script, given);
    expect(verdict).toMatchObject({ tee: "tdx", status: "UpToDate", policy: "accepted" });
  });

  test("the client loads, and checks evidence", { timeout: 60_000 }, async () => {
    const bundle = await bundled('export * from "@zeta/client";');
    expect(bundle).not.toMatch(/["']node:/);
    const script = "zeta.verifyEvidence({}, { simulation: true })";
    const verdict = await runInBrowser(bundle, script);
    expect(verdict).toMatchObject({ verdict: "rejected", code: "evidence_malformed" });
  });
});
