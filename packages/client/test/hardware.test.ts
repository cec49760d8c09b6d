// SPDX-License-Identifier: Apache-2.0
/**
 * A real service with quotes of hardware whose makers are a test's own: the client believes exactly
 * what its policy says. Only the anchors differ from what a user does.
 */

import { HARDWARE_ONLY_POLICY, type Policy } from "@zeta/attestation/policy";
import { parseServicePolicyFile } from "@zeta/attestation/policy-file";
import { attestService } from "@zeta/attestation/produce/attest-service";
import type { ProducedQuote, QuoteProducer } from "@zeta/attestation/produce/producer";
import { gatewayReportData } from "@zeta/attestation/report-data";
import { startService } from "@zeta/service/serve";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AmdChanges, amdWorld } from "../../attestation/test/support/amd-world.ts";
import { certificateTable } from "../../attestation/test/support/certificate-table.ts";
import { world } from "../../attestation/test/support/intel-world.ts";
import { connect, isRefused, type Trust, verifyEvidence } from "../src/index.ts";
import type { HardwareTrust } from "../src/trust.ts";

type Produce = (reportData: Uint8Array) => Omit<ProducedQuote, "tee">;

const TD = { version: 4, body: "td10" } as const;
const intel = world(TD);
const SEPT_VE_DISABLE = 1 << 4;

/** A quote of the test's Intel over this report data. */
const quoteTd: Produce = (reportData) => {
  const report = (body: Uint8Array) => {
    body[120 + 3] = SEPT_VE_DISABLE;
    body.set(reportData, 520);
  };
  return { quote: world({ ...TD, report }).quote, certificates: null };
};

const quoteSnp =
  (changes: AmdChanges = {}): Produce =>
  (reportData) => {
    const made = amdWorld({ ...changes, report: (bytes) => bytes.set(reportData, 0x50) });
    const { vek, ask, ark } = made.collateral;
    const table = certificateTable({ [changes.vlek ? "vlek" : "vcek"]: vek, ask, ark });
    return { quote: made.quote, certificates: table };
  };

async function served(tee: QuoteProducer["tee"], produce: Produce): Promise<string> {
  const producer: QuoteProducer = {
    name: "test",
    tee,
    produce: async (reportData) => ({ tee, ...produce(reportData) }),
  };
  const service = await startService({
    port: 0,
    epochMs: 50,
    slots: 64,
    processMetrics: false,
    attest: (facts) => attestService(producer, facts),
  });
  onTestFinished(() => service.close());
  return service.url;
}

const ownIntel: HardwareTrust = { policy: HARDWARE_ONLY_POLICY, ...intel };

function snpTrust(policy: string): HardwareTrust {
  const made = amdWorld();
  return {
    policy: parseServicePolicyFile(`version: 1\nsevSnp:\n${policy}`).policy,
    at: made.at,
    anchors: made.anchors,
  };
}

const SNP_RULES = `
  measurements: [{ measurement: ${"11".repeat(48)} }]
  minimumTcb: { Milan: { bootloader: 4, tee: 0, snp: 24, microcode: 219 } }
`;

/** The code of the refusal, or `accepted`. */
async function outcome(url: string, trust: Trust): Promise<string | null> {
  try {
    (await connect(url, { trust })).close();
    return "accepted";
  } catch (error) {
    if (!isRefused(error, "attestation_rejected")) throw error;
    return error.check;
  }
}

describe("a service in a TD", () => {
  it("is believed down to a certified answer, and so is its evidence, offline", async () => {
    const trust = { hardware: ownIntel };
    const zeta = await connect(await served("tdx", quoteTd), { trust });
    onTestFinished(() => zeta.close());
    expect(zeta.simulated).toBe(false);
    const proof = await (await zeta.put("alice", "100")).certified();
    expect(proof.report()).toContain("genuine tdx hardware, TCB UpToDate");
    expect(proof.report()).not.toContain("SIMULATED");
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    expect(await verifyEvidence(evidence, trust)).toMatchObject({ verdict: "certified" });
    const later = { ...ownIntel, at: new Date(intel.at.getTime() + 40 * 86_400_000) };
    expect(await verifyEvidence(evidence, { hardware: later })).toMatchObject({
      verdict: "rejected",
      check: expect.stringMatching(/_NOT_CURRENT$/),
    });
  });

  it("is refused by whoever's policy says no", async () => {
    const url = await served("tdx", quoteTd);
    const withPolicy = (policy: Policy): Trust => ({ hardware: { ...ownIntel, policy } });
    const pinned = `{ mrTd: ${"ab".repeat(48)}, rtmr0: any, rtmr1: any, rtmr2: any, rtmr3: any }`;
    const { policy } = parseServicePolicyFile(`version: 1\ntdx: { measurements: [${pinned}] }`);
    const { anchors: _, ...realAnchors } = ownIntel;
    const cases: [Trust, string][] = [
      [{}, "TEE_NOT_ALLOWED"],
      [{ simulation: true }, "TEE_NOT_ALLOWED"],
      [withPolicy({ ...HARDWARE_ONLY_POLICY, tdx: null }), "TEE_NOT_ALLOWED"],
      [withPolicy(policy), "MEASUREMENT_NOT_ALLOWED"],
      [{ hardware: { ...ownIntel, collateral: null } }, "COLLATERAL_MISSING"],
      [{ hardware: realAnchors }, "ROOT_NOT_TRUSTED"],
      [{ hardware: ownIntel, measurements: ["00".repeat(32)] }, "MEASUREMENT_NOT_ALLOWED"],
    ];
    for (const [trust, code] of cases) expect(await outcome(url, trust)).toBe(code);
  });

  it("is refused with a quote over other data, a gateway's for one", async () => {
    const url = await served("tdx", () => quoteTd(gatewayReportData(new Uint8Array(33).fill(2))));
    expect(await outcome(url, { hardware: ownIntel })).toBe("REPORT_DATA_MISMATCH");
  });
});

describe("a service in a SEV-SNP guest", () => {
  const lenient = snpTrust(`${SNP_RULES}  requireRevocationCheck: false\n`);

  it.each([
    ["VCEK", {} as AmdChanges],
    ["VLEK", { vlek: true }],
  ])("is judged by the certificates its host put beside the report: %s", async (_key, changes) => {
    const hardware = changes.vlek
      ? snpTrust(`${SNP_RULES}  requireRevocationCheck: false\n  allowMaskedChipId: true\n`)
      : lenient;
    expect(await outcome(await served("sev-snp", quoteSnp(changes)), { hardware })).toBe(
      "accepted",
    );
  });

  it("is refused without them, with others, and where revocation must be checked", async () => {
    const bare: Produce = (reportData) => ({ ...quoteSnp()(reportData), certificates: null });
    const bareUrl = await served("sev-snp", bare);
    expect(await outcome(bareUrl, { hardware: lenient })).toBe("COLLATERAL_MISSING");
    const { collateral } = amdWorld();
    expect(await outcome(bareUrl, { hardware: { ...lenient, collateral } })).toBe("accepted");
    const url = await served("sev-snp", quoteSnp());
    expect(await outcome(url, { hardware: snpTrust(SNP_RULES) })).toBe("CRL_MISSING");
    const noise: Produce = (reportData) => ({
      ...quoteSnp()(reportData),
      certificates: new Uint8Array(100).fill(7),
    });
    const noisy = await served("sev-snp", noise);
    expect(await outcome(noisy, { hardware: lenient })).toBe("COLLATERAL_MALFORMED");
  });
});
