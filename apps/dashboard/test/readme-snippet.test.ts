// SPDX-License-Identifier: Apache-2.0
/** "The same file runs in a browser": the README's snippet, in Chromium, on a page that the service serves, under its policy. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { hasChromium, startChromium } from "./support/chromium.ts";
import { started } from "./support/services.ts";

const README = fileURLToPath(new URL("../../../README.md", import.meta.url));
const DOCUMENTED = "http://127.0.0.1:7070";

/** A browser and a bundler on a machine that does something else, too. */
const LONG = { timeout: 120_000 };

/** The snippet as it stands there, but for the port. */
function snippet(url: string): string {
  const [, code = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(README, "utf8")) ?? [];
  if (!code.includes(DOCUMENTED)) throw new Error(`expected a snippet that asks ${DOCUMENTED}`);
  return code.replace(DOCUMENTED, url);
}

test.runIf(hasChromium)("the README's snippet certifies an answer", LONG, async () => {
  const directory = mkdtempSync(join(tmpdir(), "zeta-snippet-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(
    join(directory, "index.html"),
    '<!doctype html><script type="module" src="/snippet.js"></script>',
  );
  // Its name is known at the start, its text only with the port.
  writeFileSync(join(directory, "snippet.js"), "");
  const { url } = await started({ page: directory });
  const { outputFiles } = await build({
    // The process may stand elsewhere when esbuild is first loaded, in a folder that is gone by now.
    absWorkingDir: process.cwd(),
    stdin: { contents: snippet(url), resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
    ...{ bundle: true, write: false, platform: "browser", format: "esm" },
    conditions: ["source"],
  });
  writeFileSync(join(directory, "snippet.js"), outputFiles[0]?.text ?? "");
  const browser = await startChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const said = page.waitForEvent("console", (message) => message.type() === "log");
  await page.goto(url);
  const text = (await said).text();
  expect(text).toMatch(/^100 \d+ SIMULATED TEE\nverdict +certified\n/);
});
