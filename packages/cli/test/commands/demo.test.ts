// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { zeta } from "../support/zeta.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-demo-test-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

interface DemoReport {
  readonly certified: boolean;
  readonly epochs: number;
  readonly operations: number;
  readonly attacks: readonly {
    readonly name: string;
    readonly mode: string | null;
    readonly caught: boolean;
    readonly by: string;
    readonly check: string;
    readonly evidence: string;
    readonly verdict: string;
  }[];
}

it("the demo certifies what is honest and catches every lie", { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await zeta(["demo", "--json", "--out", directory]);
  const report = JSON.parse(stdout) as DemoReport;
  expect(report.certified, stderr).toBe(true);
  expect(report.epochs).toBeGreaterThan(0);
  expect(report.operations).toBeGreaterThan(1000);
  const found = report.attacks.map(({ name, mode }) => (mode === null ? name : `${name} ${mode}`));
  expect(found).toEqual([
    "tamper",
    "stale-read honest-log",
    "stale-read lying-log",
    "replay",
    "drop",
    "rollback",
    "fork",
  ]);
  for (const attack of report.attacks) {
    expect(attack, attack.name).toMatchObject({ caught: true, by: "client" });
    expect(attack.check, attack.name).toMatch(/^[A-Za-z._]+$/);
    expect(attack.verdict, attack.name).not.toBe("certified");
    const verified = await zeta(["verify", attack.evidence, "--json"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: attack.verdict });
    expect(verified.code).toBe(1);
  }
  expect(code).toBe(0);
});
