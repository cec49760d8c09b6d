// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ownDirectory, SharedService, zeta } from "../support/services.ts";

const directory = ownDirectory();
const service = new SharedService();

describe("zeta evidence and verify", () => {
  it("what was certified is verified offline; another value is not", async () => {
    await service.ask("put", "erin", "5");
    const written = await service.ask("evidence", "erin", "--out", "erin.json");
    expect(written.stdout).toMatch(/^certified in epoch \d+; evidence in erin.json\n$/);
    expect(written.code).toBe(0);
    const { code, stdout } = await zeta("verify", "erin.json", "--json");
    const verdict = JSON.parse(stdout) as { steps: { ok: boolean }[] };
    expect(verdict).toMatchObject({ verdict: "certified", code: null });
    expect(verdict.steps.length).toBeGreaterThan(5);
    expect(verdict.steps.every(({ ok }) => ok)).toBe(true);
    expect(code).toBe(0);

    const evidence = JSON.parse(readFileSync(join(directory.path, "erin.json"), "utf8"));
    // Present, value "6".
    evidence.answer.result = "0136";
    writeFileSync(join(directory.path, "forged.json"), JSON.stringify(evidence));
    const forged = await zeta("verify", "forged.json", "--json");
    expect(JSON.parse(forged.stdout)).toMatchObject({
      verdict: "rejected",
      code: "answer_mismatch",
    });
    expect(forged.code).toBe(1);
  });

  it("the policy decides: another monitor, no simulation", async () => {
    await service.ask("evidence", "erin", "--out", "policy.json");
    for (const [policy, check] of [
      [{ allowSimulation: true, monitors: ["00".repeat(32)] }, "MEASUREMENT_NOT_ALLOWED"],
      [{ allowSimulation: false, monitors: [service.measurement] }, "SIMULATION_NOT_ALLOWED"],
    ] as const) {
      writeFileSync(join(directory.path, "p.json"), JSON.stringify({ version: 1, ...policy }));
      const { code, stdout } = await zeta("verify", "policy.json", "--policy", "p.json", "--json");
      expect(JSON.parse(stdout)).toMatchObject({
        verdict: "rejected",
        code: "attestation_rejected",
        check,
      });
      expect(code).toBe(1);
    }
  });

  it("a file that is no evidence is rejected", async () => {
    writeFileSync(join(directory.path, "text.json"), "not JSON");
    const { code, stdout } = await zeta("verify", "text.json", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "rejected", code: "evidence_malformed" });
    expect(code).toBe(1);
  });

  it("without a policy the report says that simulation was accepted", async () => {
    await service.ask("evidence", "erin", "--out", "loud.json");
    const { stdout } = await zeta("verify", "loud.json");
    expect(stdout).toMatch(/^SIMULATED TEE\n/);
    expect(stdout).toContain("No --policy: simulated quotes accepted");
  });
});
