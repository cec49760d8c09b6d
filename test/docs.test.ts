// SPDX-License-Identifier: Apache-2.0
/** The command lines of documents that need no running service, executed in the checkout and compared. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./sources.ts";
import { consoleSteps, matches } from "./transcripts.ts";

const ZETA = join(root, "packages", "cli", "bin", "zeta.js");

/** Both streams, as a terminal shows them. `npx zeta` is the built command, without npm's second of looking for it. */
function shell(command: string): string {
  const own = command.replaceAll("npx zeta ", `"${process.execPath}" "${ZETA}" `);
  const options = { cwd: root, encoding: "utf8" } as const;
  return spawnSync("sh", ["-c", `{ ${own}; } 2>&1`], options).stdout;
}

describe.each(["docs/attestation.md"])("%s", (document) => {
  const steps = consoleSteps(document);

  test("has command lines", () => {
    expect(steps.length).toBeGreaterThan(0);
  });

  test.each(steps)("$command", ({ command, expected }) => {
    const output = shell(command);
    if (!matches(output, expected)) expect(output.trim()).toBe(expected);
  });
});
