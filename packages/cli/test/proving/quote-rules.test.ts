// SPDX-License-Identifier: Apache-2.0
/** The `attestation` of a prover API's configuration, with quotes of hardware whose maker is a test's own: only the anchors differ from what an operator has. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dcapCollateralToText } from "@zeta/attestation/dcap/collateral";
import { bindsGateway, gatewayReportData } from "@zeta/attestation/report-data";
import { publicKeyOf } from "@zeta/protocol/signature";
import { afterAll, describe, expect, it } from "vitest";
import { world } from "../../../attestation/test/support/intel-world.ts";
import { readQuoteRules } from "../../src/proving/quote-rules.ts";

const folder = mkdtempSync(join(tmpdir(), "zeta-quote-rules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const key = publicKeyOf(new Uint8Array(32).fill(1));
const MR_TD = "5a".repeat(48);
const SEPT_VE_DISABLE = 1 << 4;

/** Of a TD that runs this code and binds `key` as a gateway's. */
function quoteOf(mrTd: string) {
  const report = (body: Uint8Array) => {
    body[120 + 3] = SEPT_VE_DISABLE;
    body.set(Buffer.from(mrTd, "hex"), 136);
    body.set(gatewayReportData(key), 520);
  };
  return world({ version: 4, body: "td10", report });
}

const intel = quoteOf(MR_TD);
const ports = { now: () => intel.at.getTime(), anchors: intel.anchors };
const policyFile = file(
  "policy.yaml",
  `version: 1\ntdx: { measurements: [{ mrTd: ${MR_TD}, rtmr0: any, rtmr1: any, rtmr2: any, rtmr3: any }] }\n`,
);
const collateral = file("collateral.json", dcapCollateralToText(intel.collateral));

async function outcome(rules: ReturnType<typeof readQuoteRules>, quote: Uint8Array) {
  const { judge } = await rules;
  return judge.judge(quote).then(
    () => "accepted",
    (error) => error.code,
  );
}

describe("quotes of hardware at the prover API", () => {
  it("are accepted by policy and collateral, and refused with their code", async () => {
    const rules = readQuoteRules({ policyFile, collateral }, ports);
    const { judge, policy } = await rules;
    expect(policy.allowSimulation).toBe(false);
    const judged = await judge.judge(intel.quote);
    expect([judged.tee, bindsGateway(judged.reportData, key)]).toEqual(["tdx", true]);
    expect(judged.validUntil?.getTime()).toBeGreaterThan(ports.now());
    expect(await outcome(rules, quoteOf("00".repeat(48)).quote)).toBe("MEASUREMENT_NOT_ALLOWED");
  });

  it("need policy, collateral and the makers' own signatures", async () => {
    const { anchors: _, ...genuine } = ports;
    const cases = [
      [readQuoteRules({ allowSimulation: true }, ports), "COLLATERAL_MISSING"],
      [readQuoteRules({ policyFile }, ports), "COLLATERAL_MISSING"],
      [readQuoteRules({ policyFile, collateral }, genuine), "ROOT_NOT_TRUSTED"],
      [readQuoteRules({ policyFile, collateral }, ports), "accepted"],
    ] as const;
    for (const [rules, code] of cases) expect(await outcome(rules, intel.quote)).toBe(code);
  });

  it("see collateral that was replaced; what cannot be read leaves the one before in force", async () => {
    const path = file("replaced.json", dcapCollateralToText(intel.collateral));
    const rules = readQuoteRules({ policyFile, collateral: path }, ports);
    expect(await outcome(rules, intel.quote)).toBe("accepted");
    file("replaced.json", "{");
    expect(await outcome(rules, intel.quote)).toBe("accepted");
    const other = world({ body: "td10", version: 4, jsonSigner: "root" });
    file("replaced.json", dcapCollateralToText(other.collateral));
    expect(await outcome(rules, intel.quote)).not.toBe("accepted");
  });
});

describe("what is wrong with the files is said with the member's name", () => {
  it.each([
    [{ policyFile: "nowhere.yaml" }, "attestation.policyFile nowhere.yaml: expected a readable"],
    [{ policyFile: collateral }, "attestation.policyFile "],
    [{ policyFile, collateral: "nowhere" }, "attestation.collateral nowhere: expected a readable"],
    [{ policyFile, collateral: policyFile }, "attestation.collateral "],
    [{ collateral }, "attestation.collateral: expected attestation.policyFile beside it"],
  ])("%j", async (attestation, message) => {
    await expect(readQuoteRules(attestation)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(message),
    });
  });
});
