// SPDX-License-Identifier: Apache-2.0
/** What shells and npm make of the command. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const BIN = fileURLToPath(new URL("../bin", import.meta.url));

test("in a checkout that is not built says what to do, in a line", () => {
  const home = mkdtempSync(join(tmpdir(), "zeta-bin-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  cpSync(BIN, join(home, "bin"), { recursive: true });
  writeFileSync(join(home, "package.json"), '{"type":"module"}');
  const ended = spawnSync(process.execPath, [join(home, "bin/zeta.js"), "serve"], {
    timeout: 30_000,
  });
  expect([ended.status, String(ended.stdout)]).toEqual([2, ""]);
  expect(String(ended.stderr)).toBe(
    "zeta: expected a checkout that is built, got one that is not: npm run build\n",
  );
});

test("npx that is killed leaves no service behind", { timeout: 120_000 }, async () => {
  const serve = "serve --memory --http 127.0.0.1:0 --resp off";
  // As npx runs a command: in a shell, which does not tell it that it was killed.
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${BIN}/zeta.js" ${serve}; true`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, npm_lifecycle_event: "npx" },
  });
  let complaints = "";
  shell.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    complaints += chunk;
  });
  const ended = new Promise((resolve) => shell.on("close", resolve));
  shell.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (chunk.includes("serving")) shell.kill("SIGKILL");
  });
  // The pipes end with the last process that holds them.
  await ended;
  expect(complaints).toMatch(/^SIGTERM: certifying the last epoch and stopping/m);
});

test("a verdict that nobody reads is no success", async () => {
  const child = spawn(process.execPath, [join(BIN, "zeta.js"), "verify", join(BIN, "zeta.js")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, complaints]).toEqual([1, ""]);
});
