// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { POLICY_BYTES_MAX } from "../src/limits.ts";
import { parsePolicyFile } from "../src/policy-file.ts";
import { getVerdict } from "../src/verdict.ts";
import { codeOf } from "./support/codes.ts";
import { dcapSample, snpSample } from "./support/samples.ts";

const GCP =
  "409c0cd3e63d9ea54d817cf851983a220131262664ac8cd02cc6a2e19fd291d2fdd0cc035d7789b982a43a92a4424c99";

const FULL = `
version: 1
allowSimulation: false
reportData: ${"00".repeat(64)}
sgx:
  measurements:
    - mrEnclave: ${"ab".repeat(32)}
    - mrSigner: ${"cd".repeat(32)}
      productId: 7
      minimumSecurityVersion: 3
  statuses: [UpToDate, SWHardeningNeeded]
  advisories: [INTEL-SA-00615]
  minimumEvaluationNumber: 18
  platforms: [${"ef".repeat(16)}]
tdx:
  measurements:
    - mrTd: ${GCP}
      rtmr0: any
      rtmr1: ${"01".repeat(48)}
      rtmr2: ${"02".repeat(48)}
      rtmr3: any
  requireSeptVeDisable: false
sevSnp:
  measurements:
    - measurement: ${"11".repeat(48)}
      hostData: ${"22".repeat(32)}
  minimumTcb:
    Milan: { bootloader: 4, tee: 0, snp: 24, microcode: 219 }
    Turin: { fmc: 1, bootloader: 1, tee: 1, snp: 4, microcode: 81 }
  vmpls: [0, 1]
`;

describe("a policy file", () => {
  it("says what it says", () => {
    const policy = parsePolicyFile(FULL);
    expect(policy.sgx).toMatchObject({
      statuses: ["UpToDate", "SWHardeningNeeded"],
      advisories: ["INTEL-SA-00615"],
      allowDebug: false,
      minimumEvaluationNumber: 18,
    });
    const measurements = policy.sgx?.measurements ?? "any";
    if (measurements === "any") throw new Error("expected a list of measurements");
    expect(toHex(measurements[0]?.mrEnclave ?? new Uint8Array())).toBe("ab".repeat(32));
    expect(measurements[1]).toMatchObject({
      mrEnclave: null,
      productId: 7,
      minimumSecurityVersion: 3,
    });
    expect(policy.tdx).toMatchObject({
      requireSeptVeDisable: false,
      statuses: ["UpToDate"],
      serviceTds: [],
    });
    expect(policy.sevSnp).toMatchObject({
      minimumTcb: { Milan: { fmc: null, snp: 24 }, Turin: { fmc: 1 } },
      requireRevocationCheck: true,
      vmpls: [0, 1],
    });
    expect(policy.reportData?.length).toBe(64);
  });

  it("has defaults that refuse", () => {
    const policy = parsePolicyFile("version: 1");
    expect(policy).toEqual({
      allowSimulation: false,
      reportData: null,
      sgx: null,
      tdx: null,
      sevSnp: null,
    });
    const tdx = parsePolicyFile("version: 1\ntdx:\n  measurements: any").tdx;
    expect(tdx).toMatchObject({
      allowDebug: false,
      requireSeptVeDisable: true,
      statuses: ["UpToDate"],
    });
  });

  it("takes hex that looks like a number for hex", () => {
    for (const digits of ["00", "12", "1e"]) {
      const mrEnclave = digits.repeat(32);
      const { sgx } = parsePolicyFile(
        `version: 1\nsgx:\n  measurements: [{ mrEnclave: ${mrEnclave} }]`,
      );
      expect(sgx?.measurements).toMatchObject([{ mrEnclave: fromHex(mrEnclave) }]);
    }
  });

  it("reads JSON too", () => {
    expect(parsePolicyFile('{"version":1,"allowSimulation":true}').allowSimulation).toBe(true);
  });

  const malformed: [string, string, string][] = [
    ["nothing", "", "the policy"],
    ["a list", "- 1", "the policy"],
    ["no version", "allowSimulation: true", "version"],
    ["another version", "version: 2", "version"],
    ["a misspelt member", "version: 1\nsgx:\n  measurments: any", "sgx"],
    ["a misspelt TEE", "version: 1\nsnp: {}", "snp"],
    ["no measurements", "version: 1\nsgx: {}", "sgx"],
    ["an empty list", "version: 1\nsgx:\n  measurements: []", "sgx/measurements"],
    ["short hex", "version: 1\nsgx:\n  measurements:\n    - mrEnclave: abcd", "mrEnclave"],
    [
      "upper-case hex",
      `version: 1\nsgx:\n  measurements:\n    - mrEnclave: ${"AB".repeat(32)}`,
      "mrEnclave",
    ],
    [
      "a signer without product",
      `version: 1\nsgx:\n  measurements:\n    - mrSigner: ${"ab".repeat(32)}`,
      "sgx",
    ],
    ["Revoked allowed", "version: 1\nsgx:\n  measurements: any\n  statuses: [Revoked]", "statuses"],
    ["MRTD without RTMRs", `version: 1\ntdx:\n  measurements:\n    - mrTd: ${GCP}`, "tdx"],
    ["SNP without floor", "version: 1\nsevSnp:\n  measurements: any", "sevSnp"],
    ["a floor of 256", floor("256"), "microcode"],
    ["the same member twice", "version: 1\nversion: 1", "YAML"],
    ["an alias", "version: &v 1\nallowSimulation: *v", "YAML"],
    ["no YAML", "version: [1", "YAML"],
    ["a word for a truth", "version: 1\nallowSimulation: yes", "allowSimulation"],
  ];

  function floor(microcode: string): string {
    const tcb = `{ bootloader: 1, tee: 0, snp: 1, microcode: ${microcode} }`;
    return `version: 1\nsevSnp:\n  measurements: any\n  minimumTcb:\n    Milan: ${tcb}`;
  }

  it.each(malformed)("refuses %s and says where", async (_name, text, where) => {
    expect(await codeOf(() => parsePolicyFile(text))).toBe("POLICY_MALFORMED");
    expect(() => parsePolicyFile(text)).toThrow(where);
  });

  it("is capped", async () => {
    const text = `version: 1 #${"x".repeat(POLICY_BYTES_MAX)}`;
    expect(await codeOf(() => parsePolicyFile(text))).toBe("POLICY_MALFORMED");
  });
});

describe("policies over real evidence", () => {
  it("pin a TD on Google's cloud", async () => {
    const sample = dcapSample("tdx-v4/gcp");
    const rules = `version: 1\ntdx:\n  measurements:\n    - { mrTd: ${GCP}, rtmr0: any, rtmr1: any, rtmr2: any, rtmr3: any }`;
    const accepted = await getVerdict(sample.quote, { ...sample, policy: parsePolicyFile(rules) });
    expect(accepted).toMatchObject({ policy: "accepted", code: null, status: "UpToDate" });
    const other = rules.replace(GCP, "00".repeat(48));
    const refused = await getVerdict(sample.quote, { ...sample, policy: parsePolicyFile(other) });
    expect(refused).toMatchObject({
      policy: "rejected",
      code: "MEASUREMENT_NOT_ALLOWED",
      evidence: "valid",
    });
  });

  it("pin a guest on a Genoa and its minimum TCB", async () => {
    const sample = snpSample("sev-snp/microsoft-genoa");
    const measurement = String(sample.facts.report.measurement);
    const rules = (microcode: number): string => `
version: 1
sevSnp:
  measurements: [{ measurement: ${measurement} }]
  minimumTcb: { Genoa: { bootloader: 10, tee: 0, snp: 23, microcode: ${microcode} } }
  requireRevocationCheck: false`;
    const policy = parsePolicyFile(rules(84));
    const accepted = await getVerdict(sample.quote, { ...sample, policy });
    expect(accepted).toMatchObject({ policy: "accepted", status: null, debug: false });
    expect(accepted.warnings.join()).toContain("revocation was not checked");
    const newer = { ...sample, policy: parsePolicyFile(rules(85)) };
    expect((await getVerdict(sample.quote, newer)).code).toBe("TCB_TOO_OLD");
  });
});
