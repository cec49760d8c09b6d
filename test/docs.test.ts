// SPDX-License-Identifier: Apache-2.0
/** The command lines of documents that need no running service, executed in the checkout and compared. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { read, root, typescriptFiles } from "./sources.ts";
import { consoleSteps, matches } from "./transcripts.ts";

const ZETA = join(root, "packages", "cli", "bin", "zeta.js");

const ESBUILD = join(root, "node_modules", ".bin", "esbuild");

/** Both streams, as a terminal shows them. What `npx` runs is run without npm's second of looking for it. */
function shell(command: string): string {
  const own = command
    .replaceAll("npx zeta ", `"${process.execPath}" "${ZETA}" `)
    .replaceAll("npx esbuild ", `"${ESBUILD}" `);
  const options = { cwd: root, encoding: "utf8" } as const;
  return spawnSync("sh", ["-c", `{ ${own}; } 2>&1`], options).stdout;
}

describe.each(["docs/tutorial.md", "docs/attestation.md"])("%s", (document) => {
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
