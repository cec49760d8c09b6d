// SPDX-License-Identifier: Apache-2.0
/** Each check of the SEV-SNP algorithm provoked alone, in a world with its own AMD. */

import { fromHex } from "@zeta/protocol/hex";
import { instanceIdOf } from "@zeta/protocol/instance";
import { publicKeyOf } from "@zeta/protocol/signature";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/evidence.ts";
import { pureChecker, webCryptoChecker } from "../src/pki/signatures.ts";
import { parsePolicyFile } from "../src/policy-file.ts";
import { reportDataV2 } from "../src/report-data.ts";
import { verifyServiceAttestation } from "../src/verify-service.ts";
import {
  type AmdChanges,
  amdKeys,
  amdWorld,
  ia5,
  NOW,
  WRAPPED_CHIP_ID,
} from "./support/amd-world.ts";
import { certificateTable } from "./support/certificate-table.ts";
import { codeOf } from "./support/codes.ts";
import { integer } from "./support/der-writer.ts";
import { YEAR } from "./support/test-pki.ts";

async function verify(changes: AmdChanges) {
  const made = amdWorld(changes);
  const evidence = await verifyEvidence(made.quote, made);
  if (evidence.tee !== "sev-snp") throw new Error(evidence.tee);
  return evidence;
}

const { stranger } = amdKeys;

describe("a world in order", () => {
  const shapes: readonly AmdChanges[] = [
    { product: "Milan", version: 2 },
    { product: "Milan", version: 3 },
    { product: "Genoa", version: 4 },
    { product: "Turin", version: 5 },
    { product: "Milan", vlek: true },
    { product: "Turin", vlek: true },
  ];
  it.each(shapes)("is genuine: $product, version $version, VLEK $vlek", async (shape) => {
    expect((await verify(shape)).product).toBe(shape.product);
  });

  it("reads a hardware id raw and wrapped", async () => {
    expect((await verify({ extensions: { "4": WRAPPED_CHIP_ID } })).provider).toBeNull();
  });

  it("says whether revocation was checked, and when the first thing lapses", async () => {
    expect(await verify({})).toMatchObject({ revocationChecked: true, expiresAt: NOW + YEAR });
    expect(await verify({ list: null })).toMatchObject({ revocationChecked: false });
    expect(await verify({ list: { nextUpdate: NOW + 1000 } })).toMatchObject({
      expiresAt: NOW + 1000,
    });
    const vek = { notAfter: NOW + 2000 };
    expect(await verify({ certificates: { vek } })).toMatchObject({ expiresAt: NOW + 2000 });
  });

  it("takes a masked chip id as it is: the policy decides", async () => {
    const masked = await verify({
      report: (bytes) => {
        bytes.fill(0, 0x1a0, 0x1e0);
        bytes[0x48] = 2;
      },
    });
    expect(masked.report.chipIdMasked).toBe(true);
  });

  // MASK_CHIP_ID of AMD's SNP_CONFIG: the report has no bit for it. The other mask stands in its key
  // flags, and reports under it are not signed at all.
  it.each(["Milan", "Turin"] as const)(
    "takes a chip id of zeros as masked: %s",
    async (product) => {
      const hidden = (bytes: Uint8Array) => void bytes.fill(0, 0x1a0, 0x1e0);
      const { report } = await verify({ product, report: hidden });
      expect(report.chipIdMasked).toBe(true);
    },
  );
});

const REFUSALS: Readonly<Record<string, readonly [string, AmdChanges][]>> = {
  "the report": [
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([6]) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([1]) }],
    ["QUOTE_MALFORMED", { report: (bytes) => bytes.set([1], 0x0a) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([4], 0x30) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.fill(0xff, 0x30, 0x34) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([0], 0x34) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([2], 0x34) }],
    ["QUOTE_UNSUPPORTED", { report: (bytes) => bytes.set([7 << 2], 0x48) }],
    ["QUOTE_SIGNATURE_INVALID", { reportSigner: "other" }],
    ["QUOTE_SIGNATURE_INVALID", { signature: (bytes) => bytes.fill(0, 0x2a0) }],
    ["QUOTE_MALFORMED", { signature: (bytes) => bytes.set([1], 0x2a0 + 48) }],
    ["QUOTE_MALFORMED", { signature: (bytes) => bytes.set([1], 0x2a0 + 143) }],
    ["QUOTE_MALFORMED", { signature: (bytes) => bytes.set([1], 1183) }],
  ],
  "the chain": [
    ["ROOT_NOT_TRUSTED", { certificates: { root: { key: stranger, signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { root: { signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { authority: { signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { vek: { signer: stranger } } }],
    ["CHAIN_INVALID", { certificates: { authority: { authority: false } } }],
    ["CHAIN_INVALID", { certificates: { authority: { usage: 0x80 } } }],
    ["CHAIN_INVALID", { certificates: { vek: { subject: "SEV-VLEK" } } }],
    ["CHAIN_INVALID", { certificates: { vek: { issuer: "SEV-Genoa" } } }],
    ["CHAIN_INVALID", { report: (bytes) => bytes.set([4], 0x48) }],
    ["CHAIN_INVALID", { extensions: { "2": ia5("Genoa") } }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { vek: { notAfter: NOW - 1000 } } }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { authority: { notBefore: NOW + 1000 } } }],
    ["CERTIFICATE_MALFORMED", { certificates: { vek: { key: amdKeys.stranger } } }],
  ],
  "the revocation list": [
    ["CERTIFICATE_REVOKED", { list: { revoked: [fromHex("010001")] } }],
    ["CERTIFICATE_REVOKED", { list: { revoked: [fromHex("010000")] } }],
    ["CRL_SIGNATURE_INVALID", { list: { signer: stranger } }],
    ["CRL_ISSUER_MISMATCH", { list: { issuer: "SEV-Milan" } }],
    ["CRL_NOT_CURRENT", { list: { nextUpdate: NOW - 1000 } }],
    ["CRL_NOT_CURRENT", { list: { thisUpdate: NOW + 1000 } }],
    ["CRL_MALFORMED", { list: { nextUpdate: null } }],
  ],
  "chip, product and TCB": [
    ["VEK_MISMATCH", { extensions: { "3.1": integer(3) } }],
    ["VEK_MISMATCH", { extensions: { "3.8": integer(220) } }],
    ["VEK_MISMATCH", { product: "Turin", extensions: { "3.9": integer(2) } }],
    ["VEK_MISMATCH", { report: (bytes) => bytes.set([0x19], 0x186) }],
    ["VEK_MISMATCH", { report: (bytes) => bytes.set([17], 0x189) }],
    ["VEK_MISMATCH", { report: (bytes) => bytes.set([26, 2], 0x188) }],
    ["VEK_MISMATCH", { report: (bytes) => bytes.set([0, 0], 0x188) }],
    ["VEK_MISMATCH", { report: (bytes) => bytes.fill(7, 0x1a0, 0x1a1) }],
    ["VEK_MISMATCH", { product: "Turin", report: (bytes) => bytes.fill(7, 0x1a8, 0x1a9) }],
    ["VEK_MISMATCH", { extensions: { "5": ia5("CN=cloud.example") } }],
    ["VEK_MISMATCH", { vlek: true, extensions: { "5": null } }],
    ["CERTIFICATE_MALFORMED", { extensions: { "2": ia5("Naples") } }],
    ["CERTIFICATE_MALFORMED", { extensions: { "3.3": null } }],
    ["CERTIFICATE_MALFORMED", { extensions: { "3.3": integer(256) } }],
    ["CERTIFICATE_MALFORMED", { extensions: { "4": new Uint8Array(63) } }],
    ["TCB_ORDER_INVALID", { report: (bytes) => bytes.set([3], 0x1e0) }],
    ["TCB_ORDER_INVALID", { report: (bytes) => bytes.set([0x17], 0x3e) }],
  ],
};

describe.each(Object.entries(REFUSALS))("refusals about %s", (_topic, cases) => {
  it.each(cases.map(([code, changes], index) => [index, code, changes] as const))(
    "%i: %s",
    async (_index, code, changes) => {
      expect(await codeOf(() => verify(changes))).toBe(code);
    },
  );
});

it("a root of one product line vouches for no other", async () => {
  const made = amdWorld({ product: "Milan" });
  const { Milan } = made.anchors.amd;
  const anchors = { ...made.anchors, amd: { Milan: [], Genoa: Milan, Turin: [] } };
  const code = await codeOf(() => verifyEvidence(made.quote, { ...made, anchors }));
  expect(code).toBe("CHAIN_INVALID");
});

describe("RSA signatures", () => {
  it("have the length of the modulus, even if they begin with a zero byte", async () => {
    const { publicKey, sign } = amdKeys.root;
    const message = new Uint8Array(100).fill(1);
    // The salt is random: one signature of 256 begins so.
    let signature = sign(message);
    while (signature[0] !== 0) signature = sign(message);
    for (const checker of [webCryptoChecker, pureChecker]) {
      expect(await checker.verify(publicKey, signature, message)).toBe(true);
      expect(await checker.verify(publicKey, signature.subarray(1), message)).toBe(false);
      const longer = Uint8Array.of(0, ...signature);
      expect(await checker.verify(publicKey, longer, message)).toBe(false);
    }
  });

  it.each([webCryptoChecker, pureChecker])(
    "with $name hold for the message and nothing else",
    async (checker) => {
      const { publicKey, sign } = amdKeys.root;
      const message = new Uint8Array(100).fill(1);
      const signature = sign(message);
      expect(await checker.verify(publicKey, signature, message)).toBe(true);
      expect(await checker.verify(publicKey, signature, new Uint8Array(100))).toBe(false);
      expect(await checker.verify(amdKeys.stranger.publicKey, signature, message)).toBe(false);
      for (const offset of [0, 1, 127, 254, 255]) {
        const changed = signature.slice();
        changed[offset] = (changed[offset] ?? 0) ^ 1;
        expect(await checker.verify(publicKey, changed, message)).toBe(false);
      }
      expect(await checker.verify(publicKey, signature.subarray(1), message)).toBe(false);
      expect(await checker.verify(publicKey, new Uint8Array(256), message)).toBe(false);
      expect(await checker.verify(publicKey, new Uint8Array(256).fill(0xff), message)).toBe(false);
    },
  );
});

describe("a host that put both keys beside the report", () => {
  const both = {
    vcek: amdWorld({}).collateral.vek,
    vlek: amdWorld({ vlek: true }).collateral.vek,
  };
  it.each([false, true])("the report says which one signed it: VLEK %s", async (vlek) => {
    const publicKey = publicKeyOf(new Uint8Array(32).fill(1));
    const instanceId = instanceIdOf(publicKey);
    const measurement = new Uint8Array(32).fill(2);
    const bound = { publicKey, instanceId, measurement };
    const reportData = reportDataV2({ ...bound, purpose: "service" });
    const made = amdWorld({ vlek, report: (bytes) => bytes.set(reportData, 0x50) });
    const { ask, ark } = made.collateral;
    const certificates = certificateTable({ ...both, ask, ark });
    const { at, anchors } = made;
    const verdict = await verifyServiceAttestation(
      {
        ...{ ...bound, tee: "sev-snp", quote: made.quote, certificates },
        ...{ serviceId: "kv", profile: "bytes" },
      },
      {
        allowSimulation: false,
        measurements: [measurement],
        hardware: { at, anchors, collateral: null, policy: parsePolicyFile(ANY_MILAN) },
      },
    );
    expect(verdict.code).toBeNull();
  });
});

const ANY_MILAN = `version: 1
sevSnp:
  measurements: any
  minimumTcb: { Milan: { bootloader: 0, tee: 0, snp: 0, microcode: 0 } }
  requireRevocationCheck: false
`;
