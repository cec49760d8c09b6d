// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { measurementClaims } from "../src/claims.ts";
import { verifyDcapSignatures, verifyEvidence } from "../src/evidence.ts";
import { pemBlocks } from "../src/pki/pem.ts";
import { pureChecker, webCryptoChecker } from "../src/pki/signatures.ts";
import { parseCertificate } from "../src/pki/x509.ts";
import { HARDWARE_ONLY_POLICY } from "../src/policy.ts";
import { TRUST_ANCHORS } from "../src/trust-anchors.ts";
import { getVerdict } from "../src/verdict.ts";
import { codeOf } from "./support/codes.ts";
import {
  type DcapSample,
  dcapSample,
  dcapSamples,
  readFixtureText,
  snpSample,
  snpSamples,
} from "./support/samples.ts";

const checkers = [webCryptoChecker, pureChecker];
const dcap = dcapSamples();
const judged = dcap.filter((sample) => sample.collateral && sample.expected.error === undefined);
const refused = dcap.filter((sample) => sample.expected.error !== undefined);
const withoutCollateral = dcap.filter((sample) => sample.collateral === null);

it("all samples are there", () => {
  expect([judged.length, refused.length, withoutCollateral.length]).toEqual([18, 5, 5]);
  expect(snpSamples().length).toBe(10);
});

/** The names expected.json uses for fields of a report, and ours. */
const BODY_NAMES: Readonly<Record<string, string>> = {
  mrenclave: "mrEnclave",
  mrsigner: "mrSigner",
  prodid: "productId",
  isvsvn: "securityVersion",
  mrtd: "mrTd",
  rtmr0: "rtmr0",
  rtmr3: "rtmr3",
  mrowner: "mrOwner",
  mrownerconfig: "mrOwnerConfig",
  mrconfigid: "mrConfigId",
  td_attributes: "tdAttributes",
  mrseam: "mrSeam",
  mrservicetd: "mrServiceTd",
};

function expectBody(sample: DcapSample, claims: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(sample.facts.body).filter((name) => name in BODY_NAMES);
  for (const name of names) expect(claims[BODY_NAMES[name] ?? ""]).toBe(sample.facts.body[name]);
  expect(names.length).toBeGreaterThan(3);
}

describe.each(checkers)("real DCAP quotes with $name", (checker) => {
  it.each(judged)("$id gets its expected verdict", async (sample) => {
    const evidence = await verifyEvidence(sample.quote, { ...sample, checker });
    if (evidence.tee !== "sgx" && evidence.tee !== "tdx") throw new Error(evidence.tee);
    const { expected, facts } = sample;
    expect(evidence.tee).toBe(facts.tee);
    expect(evidence.tcb).toMatchObject({
      status: expected.status,
      platformStatus: expected.platformStatus,
      qeStatus: expected.qeStatus,
      moduleStatus: expected.tdxModuleStatus,
      advisories: expected.advisoryIds,
      tcbDate: expected.tcbDate,
    });
    expect(evidence.debug).toBe(expected.debug);
    expect(new Date(evidence.expiresAt).toISOString()).toBe(facts.collateralValid?.[1]);
    expect(evidence.platform.fmspc).toBe(facts.fmspc);
    expect(evidence.quote.version).toBe(facts.quoteVersion);
    expect(evidence.quote.paddingBytes).toBe(facts.trailingBytes);
    expect(evidence.quote.qe.authData.length).toBe(facts.qeAuthDataLen);
    expect(evidence.quote.qe.certificationType).toBe(facts.certDataType);
    expect(toHex(evidence.reportData)).toBe(facts.body.report_data);
    expectBody(sample, measurementClaims(evidence.report));
  });

  it.each(refused)("$id is refused", async (sample) => {
    const code = await codeOf(() => verifyEvidence(sample.quote, { ...sample, checker }));
    expect(code).toBe(sample.expected.error);
  });

  it.each(withoutCollateral)("$id is signed, but cannot be judged", async (sample) => {
    const signed = await verifyDcapSignatures(sample.quote, { ...sample, checker });
    expect(signed.platform.fmspc).toBe(sample.facts.fmspc);
    expectBody(sample, measurementClaims(signed.quote.report));
    const code = await codeOf(() => verifyEvidence(sample.quote, { ...sample, checker }));
    expect(code).toBe("COLLATERAL_MISSING");
  });

  it("Intel's synthetic sample holds under its own root and under no other", async () => {
    const sample = dcapSample("sgx-v3/intel-appsample-TESTROOT");
    const [der = new Uint8Array(0)] = pemBlocks(readFixtureText(`${sample.id}/test-root.pem`), {
      label: "CERTIFICATE",
      max: 1,
      code: "CERTIFICATE_MALFORMED",
    });
    const anchors = { ...TRUST_ANCHORS, intel: [parseCertificate(der).publicKey] };
    const evidence = await verifyEvidence(sample.quote, { ...sample, anchors, checker });
    expect(evidence.tee === "sgx" && evidence.tcb.status).toBe("UpToDate");
  });
});

describe.each(checkers)("real SEV-SNP reports with $name", (checker) => {
  const good = snpSamples().filter((sample) => sample.expected.signatureChainOk);
  const bad = snpSamples().filter((sample) => !sample.expected.signatureChainOk);

  it.each(good)("$id is genuine", async (sample) => {
    const evidence = await verifyEvidence(sample.quote, { ...sample, checker });
    if (evidence.tee !== "sev-snp") throw new Error(evidence.tee);
    const { report } = sample.facts;
    expect(evidence.debug).toBe(report.debug);
    expect(evidence.report.version).toBe(report.version);
    expect(evidence.report.vmpl).toBe(report.vmpl);
    expect(evidence.report.policy.toString(16)).toBe(report.policy);
    expect(toHex(evidence.reportData)).toBe(report.report_data);
    expect(toHex(evidence.report.measurement)).toBe(report.measurement);
    expect(toHex(evidence.report.hostData)).toBe(report.host_data);
    expect(toHex(evidence.report.idKeyDigest)).toBe(report.id_key_digest);
    expect(toHex(evidence.report.chipId)).toBe(report.chip_id);
    expect(toHex(evidence.report.reportedTcb)).toBe(report.reported_tcb);
    expect(toHex(evidence.report.launchTcb)).toBe(report.launch_tcb);
    expect(new Date(evidence.expiresAt).toISOString()).toBe(sample.facts.vekExpires);
  });

  it.each(bad)("$id is refused", async (sample) => {
    const code = await codeOf(() => verifyEvidence(sample.quote, { ...sample, checker }));
    expect(code).toBe("CERTIFICATE_SIGNATURE_INVALID");
  });

  it("a VLEK is bound to a provider and not to a chip", async () => {
    const sample = snpSample("sev-snp/trustee-milan-VLEK");
    const evidence = await verifyEvidence(sample.quote, { ...sample, checker });
    expect(evidence.tee === "sev-snp" && evidence.provider).toBe("CN=cc-us-east-2.amazonaws.com");
  });

  it("Turin's versions stand in other bytes", async () => {
    const sample = snpSample("sev-snp/microsoft-turin");
    const evidence = await verifyEvidence(sample.quote, { ...sample, checker });
    expect(evidence.tee === "sev-snp" && evidence.tcb.reported).toEqual({
      fmc: 1,
      bootloader: 1,
      tee: 1,
      snp: 4,
      microcode: 81,
    });
  });
});

describe("the verdict scripts read", () => {
  const policy = HARDWARE_ONLY_POLICY;

  it.each(judged)("$id is accepted only when up to date and not debug", async (sample) => {
    const verdict = await getVerdict(sample.quote, { ...sample, policy });
    const { expected } = sample;
    const clean =
      expected.status === "UpToDate" && !expected.debug && expected.advisoryIds.length === 0;
    expect(verdict.evidence).toBe("valid");
    expect(verdict.policy).toBe(clean ? "accepted" : "rejected");
    expect(verdict.code === null).toBe(clean);
    expect(verdict.reasons.length === 0).toBe(clean);
    expect(verdict.debug).toBe(expected.debug);
    const codes = verdict.reasons.map((reason) => reason.split(":")[0]);
    expect(codes.includes("DEBUG_NOT_ALLOWED")).toBe(expected.debug);
    expect(codes.includes("STATUS_NOT_ALLOWED")).toBe(expected.status !== "UpToDate");
  });

  it.each(refused)("$id is invalid evidence", async (sample) => {
    const verdict = await getVerdict(sample.quote, { ...sample, policy });
    expect(verdict).toMatchObject({
      tee: sample.id.startsWith("sgx") ? "sgx" : "tdx",
      evidence: "invalid",
      status: null,
      policy: "rejected",
      code: sample.expected.error,
      measurement: {},
      reportData: null,
    });
  });

  it.each(withoutCollateral)("$id is incomplete, with what is signed", async (sample) => {
    const verdict = await getVerdict(sample.quote, { ...sample, policy });
    expect(verdict).toMatchObject({
      evidence: "incomplete",
      policy: "rejected",
      code: "COLLATERAL_MISSING",
    });
    expect(verdict.debug).toBe(sample.expected.debug);
    expect(verdict.reportData).toBe(sample.facts.body.report_data);
  });

  it("a service TD is refused unless the policy names it", async () => {
    const sample = dcapSample("tdx-v5/alibaba-out-of-date-servicetd");
    const verdict = await getVerdict(sample.quote, { ...sample, policy });
    expect(verdict.reasons.some((reason) => reason.startsWith("SERVICE_TD_NOT_ALLOWED"))).toBe(
      true,
    );
  });

  it.each(snpSamples())("$id is not accepted without a floor for its TCB", async (sample) => {
    const verdict = await getVerdict(sample.quote, { ...sample, policy });
    expect(verdict.policy).toBe("rejected");
    expect(verdict.evidence).toBe(sample.expected.signatureChainOk ? "valid" : "invalid");
  });

  it("a SEV-SNP report alone says nothing", async () => {
    const sample = snpSample("sev-snp/microsoft-genoa");
    const verdict = await getVerdict(sample.quote, { at: sample.at, collateral: null, policy });
    expect(verdict).toMatchObject({ evidence: "incomplete", measurement: {}, debug: null });
  });
});
