// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEFAULT_TRUST, readTrust } from "../../src/evidence/read-trust.ts";

const MONITOR = "ab".repeat(32);
const COLLATERAL = fileURLToPath(
  new URL("../../bench-data/tdx-v4-phala/collateral.json", import.meta.url),
);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-policy-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, "policy.yaml");
  writeFileSync(path, content);
  return path;
}

it("reads simulation, monitors and hardware of a policy, and collateral beside it", async () => {
  const policy = file(`version: 1\nallowSimulation: true\nmonitors: [${MONITOR}]\n`);
  expect(await readTrust({ policy })).toMatchObject({
    simulation: true,
    measurements: [MONITOR],
    hardware: { policy: { sgx: null, tdx: null, sevSnp: null } },
  });
  const at = new Date(0);
  const trust = await readTrust({
    policy: file("version: 1\ntdx: { measurements: any }\n"),
    collateral: COLLATERAL,
    at,
  });
  expect(trust).toMatchObject({
    simulation: false,
    hardware: { policy: { tdx: { measurements: "any" } }, collateral: { kind: "dcap" }, at },
  });
  expect("measurements" in trust).toBe(false);
});

it("without a policy accepts simulation, and nothing that would need one", async () => {
  expect(await readTrust({})).toBe(DEFAULT_TRUST);
  await expect(readTrust({ collateral: COLLATERAL })).rejects.toThrow("expected --policy beside");
  await expect(readTrust({ at: new Date(0) })).rejects.toThrow("expected --policy beside");
});

// A policy that is only half understood must never pass for a lenient one.
it.each([
  ["", "expected another value of the policy"],
  ["[]", "expected another value of the policy"],
  ["{}", "expected another value of the policy"],
  ["allowSimulation: true", "expected another value of the policy"],
  ["version: 2", "expected another value of version: must be 1"],
  ["version: 1\nallowSimulation: 'false'", "expected another value of allowSimulation"],
  [
    "version: 1\nmeasurements: []",
    "expected another value of measurements: no such member is known",
  ],
  ["version: 1\nmonitors: []", "expected another value of monitors"],
  ["version: 1\nmonitors: [1]", "expected another value of monitors/0"],
  [`version: 1\nmonitors: ["${"AB".repeat(32)}"]`, "expected another value of monitors/0"],
  [`version: 1\nmonitors: ["${"ab".repeat(31)}"]`, "expected another value of monitors/0"],
  ["version: 1\nversion: 1", "expected YAML"],
])("refuses %j", async (content, message) => {
  await expect(readTrust({ policy: file(content) })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(message),
  });
});
