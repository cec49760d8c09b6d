// SPDX-License-Identifier: Apache-2.0
/**
 * Real SEV-SNP reports and certificates, damaged by machine: never accepted, never a crash, always
 * a coded error.
 */

import { concatBytes } from "@zeta/protocol/bytes";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/evidence.ts";
import { codeOf } from "./support/codes.ts";
import { flipped } from "./support/random.ts";
import { type SnpSample, snpSamples } from "./support/samples.ts";
import { SEED, sampled, TIMEOUT_MILLISECONDS } from "./support/sampling.ts";

const genuine = snpSamples().filter((sample) => sample.expected.signatureChainOk);

function outcome(
  sample: SnpSample,
  changes: Partial<Pick<SnpSample, "quote" | "collateral" | "at">>,
): Promise<string> {
  const changed = { ...sample, ...changes };
  return codeOf(() => verifyEvidence(changed.quote, changed));
}

describe.each(genuine)("$id", (sample) => {
  it(
    `refuses a flipped bit anywhere in the report (seed ${SEED})`,
    async () => {
      for (const offset of sampled(sample.quote.length, 24)) {
        const quote = flipped(sample.quote, offset, 1 << (offset % 8));
        expect(await outcome(sample, { quote }), `byte ${offset}`).not.toBe("accepted");
      }
    },
    TIMEOUT_MILLISECONDS,
  );

  it(
    `refuses a flipped bit anywhere in a certificate (seed ${SEED})`,
    async () => {
      for (const name of ["vek", "ask", "ark"] as const) {
        const der = sample.collateral[name];
        for (const offset of sampled(der.length, 6)) {
          const collateral = { ...sample.collateral, [name]: flipped(der, offset) };
          expect(await outcome(sample, { collateral }), `${name} ${offset}`).not.toBe("accepted");
        }
      }
    },
    TIMEOUT_MILLISECONDS,
  );

  it("refuses every other length, of report and certificates", async () => {
    for (let length = 0; length < sample.quote.length; length++) {
      const code = await outcome(sample, { quote: sample.quote.subarray(0, length) });
      expect(code).toMatch(/^QUOTE_(MALFORMED|UNSUPPORTED)$/);
    }
    const longer = concatBytes(sample.quote, Uint8Array.of(0));
    expect(await outcome(sample, { quote: longer })).toMatch(/^QUOTE_(MALFORMED|UNSUPPORTED)$/);
    for (const name of ["vek", "ask", "ark"] as const) {
      const der = sample.collateral[name];
      for (const length of sampled(der.length, 6)) {
        const collateral = { ...sample.collateral, [name]: der.subarray(0, length) };
        expect(await outcome(sample, { collateral })).toBe("CERTIFICATE_MALFORMED");
      }
    }
  });

  it("holds while its certificates do", async () => {
    const until = Date.parse(sample.facts.vekExpires);
    expect(await outcome(sample, { at: new Date(until) })).toBe("accepted");
    expect(await outcome(sample, { at: new Date(until + 1000) })).toBe("CERTIFICATE_NOT_CURRENT");
    const before = new Date(sample.at.getTime() - 2 * 86_400_000);
    expect(await outcome(sample, { at: before })).toBe("CERTIFICATE_NOT_CURRENT");
  });

  it("refuses the certificates of every other sample, whole or in part", async () => {
    for (const other of genuine.filter((one) => one !== sample)) {
      expect(await outcome(sample, { collateral: other.collateral })).not.toBe("accepted");
      const collateral = { ...sample.collateral, vek: other.collateral.vek };
      expect(await outcome(sample, { collateral })).not.toBe("accepted");
    }
  });

  it("takes the three certificates in any order, and each only once", async () => {
    const { vek, ask, ark } = sample.collateral;
    const turned = { ...sample.collateral, vek: ark, ask: vek, ark: ask };
    expect(await outcome(sample, { collateral: turned })).toBe("accepted");
    const twice = { ...sample.collateral, ark: ask };
    expect(await outcome(sample, { collateral: twice })).toBe("CHAIN_INVALID");
  });
});
