// SPDX-License-Identifier: Apache-2.0
/** The command lines of documents that need no running service, executed in the checkout and compared. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { read, root, typescriptFiles } from "./sources.ts";
import { consoleSteps, matches } from "./transcripts.ts";

const ZETA = join(root, "packages", "cli", "bin", "zeta.js");

/** A command of a document that takes longer hangs; the test waits for it without hearing its own limit. */
const COMMAND_MS = 60_000;

const ESBUILD = join(root, "node_modules", ".bin", "esbuild");

/** Both streams, as a terminal shows them. What `npx` runs is run without npm's second of looking for it. */
function shell(command: string): string {
  const own = command
    .replaceAll("npx zeta ", `"${process.execPath}" "${ZETA}" `)
    .replaceAll("npx esbuild ", `"${ESBUILD}" `);
  const options = { cwd: root, encoding: "utf8", timeout: COMMAND_MS } as const;
  return spawnSync("sh", ["-c", `{ ${own}; } 2>&1`], options).stdout;
}

/** README.md needs running services: readme.test.ts executes it. */
const EXECUTED_HERE = ["docs/tutorial.md", "docs/attestation.md"];

/**
 * Transcripts of commands (lines that begin with `$ `) that no test compares. docs/gateway.md runs for minutes and is stopped by
 * hand in a certain moment: ten-batches.test.ts of the gateway and proving.test.ts of the commands make that run.
 */
const NOT_COMPARED = ["docs/gateway.md"];

test("every document with a transcript is executed, or is a known exception", () => {
  const inDocs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const documents = ["README.md", ...inDocs.map((name) => `docs/${name}`)];
  const shown = documents.filter((name) => /^\$ /m.test(read(name)));
  expect(shown.sort()).toEqual(["README.md", ...EXECUTED_HERE, ...NOT_COMPARED].sort());
  const inConsole = documents.filter((name) => /^```console$/m.test(read(name)));
  expect(inConsole.sort()).toEqual(["README.md", ...EXECUTED_HERE].sort());
  expect(read("test/readme.test.ts")).toContain('consoleSteps("README.md")');
});

describe.each(EXECUTED_HERE)("%s", (document) => {
  const steps = consoleSteps(document);

  test("has command lines", () => {
    expect(steps.length).toBeGreaterThan(0);
  });

  test.each(steps)("$command", { timeout: 60_000 }, ({ command, expected }) => {
    const output = shell(command);
    if (!matches(output, expected)) expect(output.trim()).toBe(expected);
  });
});

test("the files that the tutorial shows are those of the examples", () => {
  const shown = [...read("docs/tutorial.md").matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)];
  const files = typescriptFiles("examples/voting");
  expect(shown.map(([, file]) => file).sort()).toEqual(files.sort());
  for (const [, file = "", text] of shown) {
    const [, ...lines] = read(file).split("\n");
    expect(text, file).toBe(lines.join("\n"));
  }
});
