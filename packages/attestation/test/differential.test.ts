// SPDX-License-Identifier: Apache-2.0
/**
 * Held against @phala/dcap-qvl 0.3.9, the one other verifier in JavaScript that can be used. Where
 * the two differ, the reason why ours is right stands here, and the test fails if a difference
 * disappears or a new one appears.
 */

import { readFileSync } from "node:fs";
import { verify } from "@phala/dcap-qvl";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/evidence.ts";
import { HARDWARE_ONLY_POLICY } from "../src/policy.ts";
import { getVerdict } from "../src/verdict.ts";
import { codeOf } from "./support/codes.ts";
import { type DcapSample, dcapSample, dcapSamples, readFixtureText } from "./support/samples.ts";

type JsonCollateral = Record<string, string>;

/** The other verifier's status, or `refused`. */
function theirs(sample: DcapSample, changes: JsonCollateral = {}): string {
  const json: JsonCollateral = JSON.parse(readFixtureText(`${sample.id}/collateral.json`));
  const collateral = { ...json, ...changes };
  const bytes = Object.fromEntries(
    Object.entries(collateral).map(([name, value]) =>
      /_signature$|_crl$/.test(name) ? [name, Buffer.from(value, "hex")] : [name, value],
    ),
  );
  try {
    return verify(
      Buffer.from(sample.quote),
      bytes as unknown as Parameters<typeof verify>[1],
      sample.at.getTime() / 1000,
    ).status;
  } catch {
    return "refused";
  }
}

/** Our status of the evidence, or `refused`. */
async function ours(sample: DcapSample): Promise<string> {
  const verdict = await getVerdict(sample.quote, { ...sample, policy: HARDWARE_ONLY_POLICY });
  return verdict.evidence === "valid" ? (verdict.status ?? "none") : "refused";
}

const DIFFERENCES: Readonly<
  Record<string, readonly [theirs: string, ours: string, reason: string]>
> = {
  "sgx-v3/teepot-out-of-date": [
    "refused",
    "OutOfDate",
    "they do not know TCB info of schema version 2",
  ],
  "sgx-v3/teepot-sw-hardening": [
    "refused",
    "SWHardeningNeeded",
    "they do not know TCB info of schema version 2",
  ],
  "tdx-v4/google-cos113": [
    "OutOfDate",
    "UpToDate",
    "they compare the module's own version (components 0 and 1) with the platform's levels; Intel starts at component 2",
  ],
  "tdx-v4/azure": [
    "refused",
    "UpToDate",
    "SEPT_VE_DISABLE is the relying party's policy, and off on Azure",
  ],
  "tdx-v5/alibaba-out-of-date-servicetd": [
    "refused",
    "OutOfDate",
    "a bound service TD is a fact of valid evidence; our policy refuses it",
  ],
  "sgx-v3/automata-DEBUG": [
    "refused",
    "ConfigurationAndSWHardeningNeeded",
    "debug is a fact of valid evidence; our policy refuses it",
  ],
  "sgx-v3/teepot-vault-proxy-DEBUG": [
    "refused",
    "SWHardeningNeeded",
    "debug is a fact of valid evidence; our policy refuses it",
  ],
  "tdx-v4/trustee-DEBUG-out-of-date": [
    "refused",
    "OutOfDate",
    "debug is a fact of valid evidence; our policy refuses it",
  ],
};

const samples = dcapSamples().filter((sample) => sample.collateral !== null);

describe("the other verifier", () => {
  it("differs as the documentation lists", () => {
    const rows = Object.entries(DIFFERENCES).map(
      ([id, cells]) => `| \`${id}\` | ${cells.join(" | ")} |`,
    );
    const url = new URL("../../../docs/attestation.md", import.meta.url);
    const listed = readFileSync(url, "utf8").match(/^\| `(sgx|tdx)-v\d\/.*$/gm);
    expect(listed).toEqual(rows);
  });

  it.each(samples)("and ours on $id", async (sample) => {
    const [expectedTheirs, expectedOurs] = DIFFERENCES[sample.id] ?? [null, null];
    const [got, own] = [theirs(sample), await ours(sample)];
    if (expectedTheirs === null) expect(got).toBe(own);
    else expect([got, own]).toEqual([expectedTheirs, expectedOurs]);
  });

  it("differs in none that our policy would accept and theirs refuse, but for Azure", async () => {
    const accepted: string[] = [];
    for (const sample of samples) {
      const verdict = await getVerdict(sample.quote, { ...sample, policy: HARDWARE_ONLY_POLICY });
      if (verdict.policy === "accepted" && theirs(sample) === "refused") accepted.push(sample.id);
    }
    expect(accepted).toEqual(["tdx-v4/azure"]);
  });

  const phala = dcapSample("tdx-v4/phala");
  const near = dcapSample("tdx-v4/near");
  const lists: [string, JsonCollateral, string][] = [
    ["garbage for a revocation list", { pck_crl: "deadbeef" }, "CRL_MALFORMED"],
    ["an empty revocation list", { root_ca_crl: "" }, "CRL_MALFORMED"],
    [
      "the root's list in place of the PCK CA's",
      { pck_crl: JSON.parse(readFixtureText("tdx-v4/phala/collateral.json")).root_ca_crl },
      "CRL_ISSUER_MISMATCH",
    ],
    [
      "a list that has lapsed",
      { pck_crl: JSON.parse(readFixtureText("tdx-v4/teepot-tdx1/collateral.json")).pck_crl },
      "CRL_NOT_CURRENT",
    ],
  ];
  it.each(lists)("takes %s; ours does not", async (_what, changes, code) => {
    expect(theirs(phala, changes)).toBe("UpToDate");
    const { collateral } = phala;
    if (collateral === null) throw new Error("the sample has collateral");
    const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
    const changed = {
      ...collateral,
      ...(changes.pck_crl === undefined ? {} : { pckCrl: hex(changes.pck_crl) }),
      ...(changes.root_ca_crl === undefined ? {} : { rootCrl: hex(changes.root_ca_crl) }),
    };
    const given = { ...phala, collateral: changed };
    expect(await codeOf(() => verifyEvidence(phala.quote, given))).toBe(code);
  });

  it("and ours both refuse collateral of another platform and another time", async () => {
    const other = JSON.parse(readFixtureText("tdx-v4/near/collateral.json"));
    expect(theirs(phala, other)).toBe("refused");
    expect(await ours({ ...phala, collateral: near.collateral })).toBe("refused");
    const late = { ...phala, at: new Date(Date.UTC(2025, 11, 1)) };
    expect([theirs(late), await ours(late)]).toEqual(["refused", "refused"]);
  });
});
