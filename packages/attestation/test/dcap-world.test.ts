// SPDX-License-Identifier: Apache-2.0
/** Each check of the DCAP algorithm provoked alone, in a world with its own Intel. */

import { fromHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/evidence.ts";
import { codeOf } from "./support/codes.ts";
import {
  componentLevel,
  MODULE,
  NOW,
  platformLevel,
  SERIAL,
  type WorldChanges,
  world,
  worldKeys,
} from "./support/intel-world.ts";
import { extension, pem, revocationList, sgxExtension, YEAR } from "./support/test-pki.ts";

const SHAPES: readonly WorldChanges[] = [
  { version: 3, body: "sgx" },
  { version: 4, body: "sgx" },
  { version: 4, body: "td10" },
  { version: 5, body: "sgx" },
  { version: 5, body: "td10" },
  { version: 5, body: "td15" },
];

async function verify(changes: WorldChanges) {
  const made = world(changes);
  return verifyEvidence(made.quote, made);
}

async function statusOf(changes: WorldChanges): Promise<string> {
  const evidence = await verify(changes);
  return "platform" in evidence ? evidence.tcb.status : "none";
}

const td = { version: 4, body: "td10" } as const;
const { stranger } = worldKeys;

describe("a world in order", () => {
  it.each(SHAPES)("is up to date: version $version, $body", async (shape) => {
    expect(await statusOf(shape)).toBe("UpToDate");
  });

  it("takes the chain in any order, QE auth data of any length and certificates on their last day", async () => {
    expect(await statusOf({ chain: (root, authority, pck) => pem(root, pck, authority) })).toBe(
      "UpToDate",
    );
    expect(await statusOf({ qeAuthData: new Uint8Array(0) })).toBe("UpToDate");
    expect(await statusOf({ qeAuthData: new Uint8Array(1000).fill(7) })).toBe("UpToDate");
    expect(await statusOf({ certificates: { pck: { notAfter: NOW } } })).toBe("UpToDate");
  });

  it("says when the first thing lapses", async () => {
    const week = NOW + 7 * 86_400_000;
    for (const changes of [
      { certificates: { pck: { notAfter: week } } },
      { certificates: { signer: { notAfter: week } } },
      { lists: { root: { nextUpdate: week } } },
      { lists: { pck: { nextUpdate: week } } },
      { tcbInfo: { nextUpdate: "2026-01-22T00:00:00Z" } },
      { qeIdentity: { nextUpdate: "2026-01-22T00:00:00Z" } },
    ] satisfies WorldChanges[]) {
      expect((await verify(changes)).expiresAt).toBe(week);
    }
  });
});

const REFUSALS: Readonly<Record<string, readonly [string, WorldChanges][]>> = {
  "the container": [
    ["QUOTE_UNSUPPORTED", { header: (bytes) => bytes.set([6]) }],
    ["QUOTE_UNSUPPORTED", { header: (bytes) => bytes.set([3], 2) }],
    ["QUOTE_UNSUPPORTED", { header: (bytes) => bytes.set([0x81], 4) }],
    ["QUOTE_UNSUPPORTED", { ...td, header: (bytes) => bytes.set([0x82], 4) }],
    ["QUOTE_UNSUPPORTED", { header: (bytes) => bytes.set([0], 12) }],
    ["QUOTE_UNSUPPORTED", { certificationType: 4 }],
    ["COLLATERAL_MISSING", { certificationType: 1 }],
    ["QUOTE_MALFORMED", { version: 5, body: "td15", header: (bytes) => bytes.set([0], 4) }],
  ],
  "signatures and bindings": [
    ["QUOTE_SIGNATURE_INVALID", { quoteSigner: "stranger" }],
    ["QE_REPORT_SIGNATURE_INVALID", { qeSigner: "stranger" }],
    ["QE_REPORT_DATA_MISMATCH", { qeReport: (bytes) => bytes.set([1], 330) }],
    ["QE_REPORT_DATA_MISMATCH", { qeReport: (bytes) => bytes.set([1], 383) }],
    ["COLLATERAL_SIGNATURE_INVALID", { jsonSigner: "stranger" }],
  ],
  "the PCK chain": [
    ["ROOT_NOT_TRUSTED", { certificates: { root: { key: stranger, signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { root: { signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { authority: { signer: stranger } } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { pck: { signer: stranger } } }],
    ["CHAIN_INVALID", { certificates: { authority: { authority: false } } }],
    ["CHAIN_INVALID", { certificates: { authority: { usage: 0x80 } } }],
    ["CHAIN_INVALID", { certificates: { root: { pathLength: 0 } } }],
    ["CHAIN_INVALID", { certificates: { pck: { authority: true } } }],
    ["CHAIN_INVALID", { certificates: { pck: { subject: "Intel SGX PCK Certificate " } } }],
    ["CHAIN_INVALID", { certificates: { pck: { issuer: "Intel SGX PCK Platform CA" } } }],
    ["CHAIN_INVALID", { chain: (root, authority) => pem(authority, root) }],
    ["CHAIN_INVALID", { chain: (root, authority) => pem(authority, authority, root) }],
    ["CERTIFICATE_MALFORMED", { chain: (root, authority, pck) => pem(pck, authority, root, root) }],
    ["CERTIFICATE_MALFORMED", { chain: () => "" }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { pck: { notAfter: NOW - 1000 } } }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { authority: { notBefore: NOW + 1000 } } }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { root: { notAfter: NOW - YEAR / 2 } } }],
  ],
  "the PCK certificate": [
    ["CERTIFICATE_MALFORMED", { pckExtensions: [] }],
    [
      "CERTIFICATE_MALFORMED",
      { pckExtensions: [extension("1.2.840.113741.1.13.1", fromHex("3000"))] },
    ],
    ["CERTIFICATE_MALFORMED", { pckExtensions: [extension("1.2.3.4", fromHex("0500"), true)] }],
    ["CERTIFICATE_MALFORMED", { pckExtensions: twoPlatforms() }],
    ["CERTIFICATE_MALFORMED", { platform: { componentSvns: new Array(16).fill(256) } }],
    ["CERTIFICATE_MALFORMED", { platform: { fmspc: "00906ed5" } }],
    ["COLLATERAL_MISMATCH", { platform: { fmspc: "00906ed50001" } }],
    ["COLLATERAL_MISMATCH", { platform: { pceId: "0001" } }],
    ["TCB_NOT_SUPPORTED", { platform: { componentSvns: [...new Array(15).fill(5), 1] } }],
    ["TCB_NOT_SUPPORTED", { platform: { pceSvn: 10 } }],
  ],
  "revocation lists": [
    ["CERTIFICATE_REVOKED", { lists: { pck: { revoked: [SERIAL.pck] } } }],
    [
      "CERTIFICATE_REVOKED",
      { lists: { pck: { revoked: [fromHex("01"), SERIAL.pck, fromHex("02")] } } },
    ],
    ["CERTIFICATE_REVOKED", { lists: { root: { revoked: [SERIAL.authority] } } }],
    ["CERTIFICATE_REVOKED", { lists: { root: { revoked: [SERIAL.signer] } } }],
    ["CRL_SIGNATURE_INVALID", { lists: { pck: { signer: stranger } } }],
    ["CRL_SIGNATURE_INVALID", { lists: { root: { signer: stranger } } }],
    ["CRL_SIGNATURE_INVALID", { certificates: { authority: { usage: 0x04 } } }],
    ["CRL_ISSUER_MISMATCH", { lists: { pck: { issuer: "Intel SGX PCK Platform CA" } } }],
    ["CRL_ISSUER_MISMATCH", { lists: { root: { issuer: "Intel SGX PCK Processor CA" } } }],
    ["CRL_NOT_CURRENT", { lists: { pck: { nextUpdate: NOW - 1000 } } }],
    ["CRL_NOT_CURRENT", { lists: { root: { thisUpdate: NOW + 1000 } } }],
    ["CRL_MALFORMED", { lists: { pck: { nextUpdate: null } } }],
    [
      "CRL_MALFORMED",
      { lists: { root: { extensions: [extension("2.5.29.28", fromHex("3000"), true)] } } },
    ],
  ],
  collateral: [
    ["COLLATERAL_NOT_CURRENT", { tcbInfo: { nextUpdate: "2026-01-14T23:59:59Z" } }],
    ["COLLATERAL_NOT_CURRENT", { tcbInfo: { issueDate: "2026-01-15T00:00:01Z" } }],
    ["COLLATERAL_NOT_CURRENT", { qeIdentity: { nextUpdate: "2026-01-14T23:59:59Z" } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { nextUpdate: "soon" } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { nextUpdate: "2026-02-30T00:00:00Z" } }],
    ["COLLATERAL_MALFORMED", { qeIdentity: { issueDate: "2026-01-14" } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { version: 4 } }],
    ["COLLATERAL_MALFORMED", { ...td, tcbInfo: { version: 2 } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { tcbType: 1 } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { tcbLevels: [platformLevel(5, "Fine", false)] } }],
    ["COLLATERAL_MALFORMED", { tcbInfo: { tcbLevels: {} } }],
    ["COLLATERAL_MALFORMED", { qeIdentity: { version: 1 } }],
    [
      "COLLATERAL_MALFORMED",
      { qeIdentity: { tcbLevels: [componentLevel(1, "SWHardeningNeeded")] } },
    ],
    [
      "COLLATERAL_MISMATCH",
      { tcbInfo: { id: "TDX", tcbLevels: [platformLevel(5, "UpToDate", true)] } },
    ],
    ["COLLATERAL_MISMATCH", { qeIdentity: { id: "TD_QE" } }],
    ["COLLATERAL_MISMATCH", { ...td, tcbInfo: { id: "SGX" } }],
    ["COLLATERAL_MISMATCH", { ...td, qeIdentity: { id: "QE" } }],
    ["CERTIFICATE_SIGNATURE_INVALID", { certificates: { signer: { signer: stranger } } }],
    ["CHAIN_INVALID", { certificates: { signer: { subject: "Intel SGX TCB Signer" } } }],
    ["CHAIN_INVALID", { certificates: { signer: { authority: true } } }],
    ["CERTIFICATE_NOT_CURRENT", { certificates: { signer: { notAfter: NOW - 1000 } } }],
  ],
  "the quoting enclave": [
    ["QE_IDENTITY_MISMATCH", { qeReport: (bytes) => bytes.set([0], 128) }],
    ["QE_IDENTITY_MISMATCH", { qeReport: (bytes) => bytes.set([3], 256) }],
    ["QE_IDENTITY_MISMATCH", { qeReport: (bytes) => bytes.set([1], 19) }],
    ["QE_IDENTITY_MISMATCH", { qeReport: (bytes) => bytes.set([0x13], 48) }],
    ["TCB_NOT_SUPPORTED", { qeReport: (bytes) => bytes.set([0], 258) }],
    ["TCB_REVOKED", { qeIdentity: { tcbLevels: [componentLevel(4, "Revoked")] } }],
  ],
  "the TDX module": [
    ["TDX_MODULE_MISMATCH", { ...td, report: (bytes) => bytes.set([2], 1) }],
    ["TDX_MODULE_MISMATCH", { ...td, report: (bytes) => bytes.set([1], 64) }],
    ["TDX_MODULE_MISMATCH", { ...td, report: (bytes) => bytes.set([1], 112) }],
    ["TDX_MODULE_MISMATCH", { ...td, tcbInfo: { tdxModuleIdentities: [] } }],
    ["TCB_NOT_SUPPORTED", { ...td, report: (bytes) => bytes.set([3], 0) }],
    [
      "TDX_MODULE_MISMATCH",
      {
        ...td,
        report: (bytes) => bytes.set([1], 112),
        tcbInfo: tdxModule({ attributesMask: "00".repeat(8) }),
      },
    ],
    ["TCB_REVOKED", { ...td, tcbInfo: tdxModule({ tcbLevels: [componentLevel(4, "Revoked")] }) }],
  ],
  "the platform": [
    ["TCB_REVOKED", { tcbInfo: { tcbLevels: [platformLevel(5, "Revoked", false)] } }],
    ["TCB_NOT_SUPPORTED", { tcbInfo: { tcbLevels: [] } }],
    ["TCB_NOT_SUPPORTED", { ...td, report: (bytes) => bytes.set([1], 2) }],
  ],
};

function twoPlatforms(): Uint8Array[] {
  const platform = {
    fmspc: "00906ed50000",
    pceId: "0000",
    componentSvns: new Array(16).fill(5),
    pceSvn: 11,
  };
  return [sgxExtension(platform), sgxExtension(platform)];
}

function tdxModule(changes: Readonly<Record<string, unknown>>) {
  const identity = {
    id: "TDX_01",
    ...MODULE,
    tcbLevels: [componentLevel(4, "UpToDate")],
    ...changes,
  };
  return { tdxModuleIdentities: [identity] };
}

describe.each(Object.entries(REFUSALS))("refusals about %s", (_topic, cases) => {
  it.each(cases.map(([code, changes], index) => [index, code, changes] as const))(
    "%i: %s",
    async (_index, code, changes) => {
      expect(await codeOf(() => verify(changes))).toBe(code);
    },
  );
});

describe("levels", () => {
  it("compares TDX components from the third on, except for modules of version 0", async () => {
    const lowModule: WorldChanges = { ...td, report: (bytes) => bytes.set([4, 1, 5], 0) };
    expect(await statusOf(lowModule)).toBe("UpToDate");
    const old: WorldChanges = { ...td, report: (bytes) => bytes.set([4, 0, 5], 0) };
    expect(await codeOf(() => verify(old))).toBe("TCB_NOT_SUPPORTED");
    const enough = platformLevel(0, "UpToDate", true);
    expect(await statusOf({ ...old, tcbInfo: { tcbLevels: [enough] } })).toBe("UpToDate");
  });

  it("takes the first level reached and joins the advisories of all parts", async () => {
    const evidence = await verify({
      platform: { componentSvns: [...new Array(15).fill(5), 4] },
      qeReport: (bytes) => bytes.set([3], 258),
    });
    if (evidence.tee !== "sgx") throw new Error(evidence.tee);
    expect(evidence.tcb).toMatchObject({
      status: "OutOfDate",
      platformStatus: "OutOfDate",
      qeStatus: "OutOfDate",
      moduleStatus: null,
      advisories: ["INTEL-SA-00001", "INTEL-SA-00002"],
      evaluationNumber: 20,
    });
  });

  it.each([
    ["UpToDate", "OutOfDate"],
    ["SWHardeningNeeded", "OutOfDate"],
    ["ConfigurationNeeded", "OutOfDateConfigurationNeeded"],
    ["ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded"],
    ["OutOfDate", "OutOfDate"],
    ["OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"],
  ])("an old quoting enclave or module makes %s %s", async (platform, merged) => {
    const tcbLevels = [platformLevel(5, platform, false)];
    const qe: WorldChanges = { tcbInfo: { tcbLevels }, qeReport: (bytes) => bytes.set([1], 258) };
    expect(await statusOf(qe)).toBe(merged);
    const tcbInfo = {
      ...tdxModule({ tcbLevels: [componentLevel(1, "OutOfDate")] }),
      tcbLevels: [platformLevel(5, platform, true)],
    };
    expect(await statusOf({ ...td, tcbInfo })).toBe(merged);
    expect(await statusOf({ tcbInfo: { tcbLevels } })).toBe(platform);
  });
});

describe("collateral that is not what it seems", () => {
  it("is refused when the text was parsed and written again", async () => {
    const made = world();
    const { tcbInfo } = made.collateral;
    const text = JSON.stringify(JSON.parse(tcbInfo.text), null, 1);
    const collateral = { ...made.collateral, tcbInfo: { ...tcbInfo, text } };
    expect(await codeOf(() => verifyEvidence(made.quote, { ...made, collateral }))).toBe(
      "COLLATERAL_SIGNATURE_INVALID",
    );
  });

  it("is refused when a list is empty, garbage, or the other list", async () => {
    const made = world();
    const { rootCrl, pckCrl } = made.collateral;
    const lists: [string, object][] = [
      ["CRL_MALFORMED", { pckCrl: new Uint8Array(0) }],
      ["CRL_MALFORMED", { rootCrl: new Uint8Array(0) }],
      ["CRL_MALFORMED", { pckCrl: new Uint8Array(300).fill(0x30) }],
      ["CRL_ISSUER_MISMATCH", { rootCrl: pckCrl, pckCrl: rootCrl }],
      ["CRL_MALFORMED", { pckCrl: Uint8Array.from([...pckCrl, 0]) }],
    ];
    for (const [code, changed] of lists) {
      const collateral = { ...made.collateral, ...changed };
      expect(await codeOf(() => verifyEvidence(made.quote, { ...made, collateral }))).toBe(code);
    }
  });

  it("is refused when a delta list stands in for the whole", async () => {
    const made = world();
    const pckCrl = revocationList({
      issuer: "Intel SGX PCK Processor CA",
      signer: worldKeys.authority,
      thisUpdate: NOW,
      nextUpdate: NOW + YEAR,
      extensions: [extension("2.5.29.27", fromHex("020101"), true)],
    });
    const collateral = { ...made.collateral, pckCrl };
    expect(await codeOf(() => verifyEvidence(made.quote, { ...made, collateral }))).toBe(
      "CRL_MALFORMED",
    );
  });
});
