// SPDX-License-Identifier: Apache-2.0
/** Every real quote and report of the fixtures through `zeta attestation verify`, at its own time. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Verdict } from "@zeta/attestation/verdict";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dcapSamples, snpSamples } from "../../../attestation/test/support/samples.ts";
import { runHere } from "../support/run.ts";

const FIXTURES = fileURLToPath(new URL("../../../attestation/test/fixtures/", import.meta.url));

const FLOOR = "bootloader: 0, tee: 0, snp: 0, microcode: 0";
/** Everything but debug: which machines and code there are is not what these samples are about. */
const SNP_POLICY = `version: 1
sevSnp:
  measurements: any
  minimumTcb: { Milan: { ${FLOOR} }, Genoa: { ${FLOOR} }, Turin: { fmc: 0, ${FLOOR} } }
  vmpls: [0, 1, 2, 3]
  allowMaskedChipId: true
  allowMigrationAgent: true
  requireRevocationCheck: false
`;

let directory: string;
let snpPolicy: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-samples-"));
  snpPolicy = join(directory, "snp.yaml");
  writeFileSync(snpPolicy, SNP_POLICY);
});
afterAll(() => rmSync(directory, { recursive: true }));

async function verdictOf(quote: string, at: Date, ...options: string[]) {
  const args = ["attestation", "verify", "--json", "--quote", quote, "--at", at.toISOString()];
  const { code, stdout, stderr } = await runHere([...args, ...options]);
  expect(stderr).toBe("");
  const verdict = JSON.parse(stdout) as Verdict;
  // The exit status says what the document says.
  expect(code).toBe(verdict.policy === "accepted" ? 0 : 1);
  return verdict;
}

/** Why the policy that asks for up-to-date hardware refuses valid evidence, by what is wrong first. */
const REFUSED_THOUGH_VALID: Readonly<Record<string, string>> = {
  "sgx-v3/automata-DEBUG": "DEBUG_NOT_ALLOWED",
  "sgx-v3/teepot-vault-proxy-DEBUG": "DEBUG_NOT_ALLOWED",
  "tdx-v4/trustee-DEBUG-out-of-date": "DEBUG_NOT_ALLOWED",
};

describe("SGX and TDX", () => {
  it.each(dcapSamples())("$id", async ({ id, at, collateral, expected, facts }) => {
    const given = collateral === null ? [] : ["--collateral", `${FIXTURES}${id}/collateral.json`];
    const verdict = await verdictOf(`${FIXTURES}${id}/quote.bin`, at, ...given);
    expect(verdict.tee).toBe(id.slice(0, 3));
    if (collateral === null) {
      expect([verdict.evidence, verdict.code]).toEqual(["incomplete", "COLLATERAL_MISSING"]);
    } else if (expected.error !== undefined) {
      expect([verdict.evidence, verdict.code]).toEqual(["invalid", expected.error]);
    } else {
      expect(verdict).toMatchObject({
        evidence: "valid",
        status: expected.status,
        debug: expected.debug,
        advisories: expected.advisoryIds,
        reportData: facts.body.report_data,
      });
      const good = expected.status === "UpToDate" ? null : "STATUS_NOT_ALLOWED";
      expect(verdict.code).toBe(REFUSED_THOUGH_VALID[id] ?? good);
    }
  });
});

describe("SEV-SNP", () => {
  it.each(snpSamples())("$id", async ({ id, at, expected, facts }) => {
    const given = ["--collateral", FIXTURES + id, "--policy", snpPolicy];
    const verdict = await verdictOf(`${FIXTURES}${id}/report.bin`, at, ...given);
    expect(verdict.tee).toBe("sev-snp");
    if (!expected.signatureChainOk) {
      expect([verdict.evidence, verdict.code]).toEqual([
        "invalid",
        "CERTIFICATE_SIGNATURE_INVALID",
      ]);
    } else {
      expect(verdict).toMatchObject({ evidence: "valid", debug: expected.debugAllowed });
      expect(verdict.measurement.measurement).toBe(facts.report.measurement);
      expect(verdict.code).toBe(expected.debugAllowed ? "DEBUG_NOT_ALLOWED" : null);
    }
  });
});
