// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { POLICY_BYTES_MAX } from "@zeta/client/limits";
import { expect, test } from "vitest";
import { PageTrust } from "../src/model/page-trust.ts";

const policyFile = (text: string) => new File([text], "mine.yaml");

function fixture(folder: string, name: string): File {
  const path = `../../../packages/attestation/test/fixtures/${folder}/${name}`;
  return new File([readFileSync(new URL(path, import.meta.url))], name);
}

test("it begins with simulated quotes, and goes back to them", async () => {
  const page = new PageTrust();
  const beginning = page.accepted.value;
  expect(beginning).toEqual({ trust: { simulation: true }, policy: null });
  expect(await page.takePolicy(policyFile("version: 1\nallowSimulation: true\n"), [])).toBe(true);
  expect(page.accepted.value).toMatchObject({ trust: { simulation: true }, policy: "mine.yaml" });
  page.tryOut();
  expect(page.accepted.value).toBe(beginning);
});

test("with a policy simulated quotes are accepted only where it says so", async () => {
  const page = new PageTrust();
  const monitor = "ab".repeat(32);
  const policy = policyFile(`version: 1\nmonitors: [${monitor}]\n`);
  expect(await page.takePolicy(policy, [])).toBe(true);
  const { trust } = page.accepted.value;
  expect([trust.simulation, trust.measurements]).toEqual([false, [monitor]]);
});

test.each([
  ["tdx-v4/near", ["collateral.json"], "dcap"],
  ["sev-snp/microsoft-genoa", ["vcek.pem", "ask.pem", "ark.pem"], "sev-snp"],
])("collateral beside it: %s", async (folder, names, kind) => {
  const page = new PageTrust();
  const files = names.map((name) => fixture(folder, name));
  expect(await page.takePolicy(policyFile("version: 1\n"), files)).toBe(true);
  expect(page.accepted.value.trust.hardware?.collateral?.kind).toBe(kind);
});

test("files that say nothing change nothing, and why is told", async () => {
  const genoa = (name: string) => fixture("sev-snp/microsoft-genoa", name);
  const cases: [File, File[], RegExp][] = [
    [policyFile("version: 2\n"), [], /version/],
    [policyFile("\t"), [], /./],
    [policyFile(" ".repeat(POLICY_BYTES_MAX + 1)), [], /at most 1.048.576 bytes of policy/],
    [policyFile("version: 1\n"), [new File(["{}"], "c.json")], /tcb_info/],
    [policyFile("version: 1\n"), [genoa("ask.pem"), genoa("ark.pem")], /vcek\.pem or vlek\.pem/],
    [policyFile("version: 1\n"), [genoa("vcek.pem"), genoa("report.bin")], /got report\.bin/],
    [policyFile("version: 1\n"), [new File([Uint8Array.of(255)], "c.json")], /text in c\.json/],
  ];
  for (const [policy, collateral, problem] of cases) {
    const page = new PageTrust();
    const before = page.accepted.value;
    expect(await page.takePolicy(policy, collateral)).toBe(false);
    expect(page.problem.value).toMatch(problem);
    expect(page.accepted.value).toBe(before);
    expect(await page.takePolicy(policyFile("version: 1\n"), [])).toBe(true);
    expect(page.problem.value).toBeNull();
  }
});
