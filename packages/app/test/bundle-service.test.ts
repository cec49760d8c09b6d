// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundleService } from "../src/bundle-service.ts";

const SERVICE = `import { defineService } from "@zeta/app";
import { version } from "./version.ts";
export default defineService({ name: "own", version, records: {}, operations: {} });
`;

function inside<T>(folder: string, work: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return work();
  } finally {
    process.chdir(before);
  }
}

test("a file is named from where the process is, and gives the same code from everywhere", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const left = join(folder, "left");
  mkdirSync(left);
  writeFileSync(join(folder, "own.ts"), SERVICE);
  writeFileSync(join(folder, "version.ts"), 'export const version = "1";\n');
  const code = await inside(left, () => bundleService("../own.ts"));
  rmSync(left, { recursive: true });
  expect(await inside(folder, () => bundleService("own.ts"))).toBe(code);
  expect(await bundleService(join(folder, "own.ts"))).toBe(code);
  expect(code).not.toContain(folder);
});

test("what is no service's file is told in one line, with its place", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "own.ts"), "const a = 1;\nconst b = ;\n");
  await expect(inside(folder, () => bundleService("own.ts"))).rejects.toMatchObject({
    code: "service_code_refused",
    message: 'expected a file to bundle, got: own.ts:2: Unexpected ";"',
  });
});
