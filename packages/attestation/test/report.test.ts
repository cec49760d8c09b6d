// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { HARDWARE_ONLY_POLICY } from "../src/policy.ts";
import { describeQuote, formatDescription, formatVerdict } from "../src/report.ts";
import { produceSimulationQuote } from "../src/simulation.ts";
import { getVerdict } from "../src/verdict.ts";
import { codeOf } from "./support/codes.ts";
import { dcapSample, dcapSamples, snpSample, snpSamples } from "./support/samples.ts";

describe("a verdict in words", () => {
  it("says accepted first, and what it rests on", async () => {
    const sample = dcapSample("tdx-v4/near");
    const verdict = await getVerdict(sample.quote, { ...sample, policy: HARDWARE_ONLY_POLICY });
    const lines = formatVerdict(verdict).split("\n");
    expect(lines[0]).toBe("ACCEPTED  tdx");
    expect(lines).toContain("  status     UpToDate");
    expect(lines).toContain("  expires    2025-10-02T07:03:51.000Z");
    expect(lines.some((line) => line.includes("any code on such hardware is accepted"))).toBe(true);
  });

  it("says every reason of a refusal", async () => {
    const sample = dcapSample("tdx-v4/trustee-DEBUG-out-of-date");
    const verdict = await getVerdict(sample.quote, { ...sample, policy: HARDWARE_ONLY_POLICY });
    const text = formatVerdict(verdict);
    expect(text).toMatch(/^REJECTED {2}tdx\n/);
    expect(text).toContain("because    DEBUG_NOT_ALLOWED: ");
    expect(text).toContain(
      "because    STATUS_NOT_ALLOWED: expected TCB status UpToDate, got OutOfDate",
    );
    expect(text).toContain("YES: the host can read and change everything");
  });

  it("names simulation before everything else", async () => {
    const quote = produceSimulationQuote({
      measurement: new Uint8Array(32),
      reportData: new Uint8Array(64),
    });
    const policy = { ...HARDWARE_ONLY_POLICY, allowSimulation: true };
    const verdict = await getVerdict(quote, { at: new Date(0), collateral: null, policy });
    expect(formatVerdict(verdict).split("\n")[1]).toContain("SIMULATED TEE");
    expect(verdict).toMatchObject({
      tee: "simulation",
      policy: "accepted",
      status: null,
      expiresAt: null,
    });
  });

  it("is one for garbage too", async () => {
    const verdict = await getVerdict(new Uint8Array(5000).fill(0x41), {
      at: new Date(0),
      collateral: null,
      policy: HARDWARE_ONLY_POLICY,
    });
    expect(verdict).toMatchObject({ tee: null, evidence: "invalid", code: "QUOTE_UNSUPPORTED" });
    expect(formatVerdict(verdict)).toMatch(/^REJECTED {2}unknown kind\n/);
  });

  it("asserts a time that exists", async () => {
    const sample = dcapSample("tdx-v4/near");
    const broken = { ...sample, at: new Date(Number.NaN), policy: HARDWARE_ONLY_POLICY };
    await expect(getVerdict(sample.quote, broken)).rejects.toThrow("invalid Date");
  });
});

describe("a description", () => {
  it.each([...dcapSamples(), ...snpSamples()])(
    "of $id says that nothing was verified",
    (sample) => {
      const text = formatDescription(describeQuote(sample.quote));
      expect(text).toMatch(/^NOT VERIFIED {2}(sgx|tdx|sev-snp), version [2-5], \d+ bytes/);
    },
  );

  it("counts padding and shows debug", () => {
    const gcp = describeQuote(dcapSample("tdx-v4/google-cos113").quote);
    expect(gcp).toMatchObject({ tee: "tdx", version: 4, paddingBytes: 3065, debug: false });
    expect(describeQuote(snpSample("sev-snp/google-milan-DEBUG").quote).debug).toBe(true);
  });

  it("refuses what is no quote", async () => {
    expect(await codeOf(() => describeQuote(new Uint8Array(0)))).toBe("QUOTE_UNSUPPORTED");
  });
});
