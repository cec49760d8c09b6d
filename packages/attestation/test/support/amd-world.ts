// SPDX-License-Identifier: Apache-2.0
/**
 * A small world with an AMD of its own: root, authority, endorsement key, report. Right unless a
 * test changes it.
 */

import { constants, createHash, generateKeyPairSync, sign } from "node:crypto";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { readPublicKey } from "../../src/pki/x509.ts";
import type { SnpCollateral } from "../../src/snp/snp-collateral.ts";
import { type SnpProduct, TRUST_ANCHORS, type TrustAnchors } from "../../src/trust-anchors.ts";
import { der, integer, octets } from "./der-writer.ts";
import { seededRandom } from "./random.ts";
import {
  type CertificateRequest,
  certificate,
  ecKey,
  extension,
  type ListRequest,
  revocationList,
  type TestKey,
  YEAR,
} from "./test-pki.ts";

export const NOW = Date.UTC(2026, 0, 15);

/** 2048 bits instead of AMD's 4096: ten times faster to make, and the same path. */
export function rsaKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
  return {
    algorithm: "RSA-PSS",
    spki,
    publicKey: readPublicKey(spki),
    sign: (message) => new Uint8Array(sign("sha384", message, { key: privateKey, ...padding })),
    signRaw: () => {
      throw new Error("RSA has no raw form");
    },
  };
}

const random = seededRandom(56860);
export const amdKeys = {
  root: rsaKey(),
  authority: rsaKey(),
  stranger: rsaKey(),
  vek: ecKey("P-384", random.bytes(72)),
  other: ecKey("P-384", random.bytes(72)),
};

export const CHIP_ID = random.bytes(64);

export interface AmdChanges {
  readonly product?: SnpProduct;
  readonly vlek?: boolean;
  readonly version?: number;
  readonly certificates?: Partial<
    Record<"root" | "authority" | "vek", Partial<CertificateRequest>>
  >;
  /** Extensions of the endorsement certificate by the end of their OID; null leaves one out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | null>>;
  /** Null: no list at all. */
  readonly list?: Partial<ListRequest> | null;
  readonly report?: (bytes: Uint8Array) => void;
  /** After signing. */
  readonly signature?: (bytes: Uint8Array) => void;
  readonly reportSigner?: "vek" | "other";
}

const CPU = { Milan: [25, 1, 1], Genoa: [25, 17, 1], Turin: [26, 2, 1] } as const;
/** bl 4, tee 0, snp 24, ucode 219; Turin: fmc 1, bl 4, tee 0, snp 24, ucode 219. */
const TCB = {
  Milan: "04000000000018db",
  Genoa: "04000000000018db",
  Turin: "01040018000000db",
} as const;

export interface AmdWorld {
  readonly quote: Uint8Array;
  readonly collateral: SnpCollateral;
  readonly anchors: TrustAnchors;
  readonly at: Date;
}

export function amdWorld(changes: AmdChanges = {}): AmdWorld {
  const product = changes.product ?? "Milan";
  const digest = toHex(createHash("sha256").update(amdKeys.root.spki).digest());
  return {
    quote: makeReport(changes, product),
    collateral: {
      kind: "sev-snp",
      ...makeCertificates(changes, product),
      crl: makeList(changes, product),
    },
    anchors: { ...TRUST_ANCHORS, amd: { Milan: [], Genoa: [], Turin: [], [product]: [digest] } },
    at: new Date(NOW),
  };
}

function makeList(changes: AmdChanges, product: SnpProduct): Uint8Array | null {
  if (changes.list === null) return null;
  return revocationList({
    issuer: `ARK-${product}`,
    signer: amdKeys.root,
    thisUpdate: NOW - 86_400_000,
    nextUpdate: NOW + YEAR,
    ...changes.list,
  });
}

function makeCertificates(changes: AmdChanges, product: SnpProduct) {
  const dates = { notBefore: NOW - YEAR, notAfter: NOW + YEAR };
  const make = (which: "root" | "authority" | "vek", request: CertificateRequest): Uint8Array =>
    certificate({ ...request, ...changes.certificates?.[which] });
  const [root, authority] = [
    `ARK-${product}`,
    changes.vlek ? `SEV-VLEK-${product}` : `SEV-${product}`,
  ];
  const from = { ...dates, issuer: root, signer: amdKeys.root, authority: true };
  const extensions = Object.entries({ ...vekExtensions(changes, product), ...changes.extensions });
  return {
    ark: make("root", {
      ...from,
      subject: root,
      key: amdKeys.root,
      usage: 0x06,
      serial: fromHex("010000"),
    }),
    ask: make("authority", {
      ...{ ...from, subject: authority, key: amdKeys.authority, usage: 0x04, pathLength: 0 },
      serial: fromHex("010001"),
    }),
    vek: make("vek", {
      ...{ ...dates, issuer: authority, signer: amdKeys.authority, key: amdKeys.vek },
      subject: changes.vlek ? "SEV-VLEK" : "SEV-VCEK",
      serial: Uint8Array.of(0),
      extensions: extensions.flatMap(([suffix, value]) =>
        value === null ? [] : [extension(`1.3.6.1.4.1.3704.1.${suffix}`, value)],
      ),
    }),
  };
}

export function ia5(text: string): Uint8Array {
  return der(0x16, new TextEncoder().encode(text));
}

function vekExtensions(
  changes: AmdChanges,
  product: SnpProduct,
): Record<string, Uint8Array | null> {
  const isTurin = product === "Turin";
  return {
    "2": ia5(product === "Milan" ? "Milan-B0" : product),
    ...(isTurin ? { "3.9": integer(1) } : {}),
    "3.1": integer(4),
    "3.2": integer(0),
    "3.3": integer(24),
    "3.8": integer(219),
    "4": changes.vlek ? null : CHIP_ID.slice(0, isTurin ? 8 : 64),
    "5": changes.vlek ? ia5("CN=cloud.example") : null,
  };
}

/** The hardware id wrapped as some certificates have it. */
export const WRAPPED_CHIP_ID: Uint8Array = octets(CHIP_ID);

function makeReport(changes: AmdChanges, product: SnpProduct): Uint8Array {
  const version = changes.version ?? 5;
  const report = new Uint8Array(1184);
  const tcb = fromHex(TCB[product]);
  report.set([version], 0);
  report.set(fromHex("0000030000000000"), 0x08);
  report.set([1], 0x34);
  for (const offset of [0x38, 0x180, 0x1e0, 0x1f0]) report.set(tcb, offset);
  report.set([0x25], 0x40);
  report.set([changes.vlek ? 0x04 : 0], 0x48);
  report.set(new Uint8Array(64).fill(0x5a), 0x50);
  report.set(new Uint8Array(48).fill(0x11), 0x90);
  if (version >= 3) report.set(CPU[product], 0x188);
  if (!changes.vlek) report.set(CHIP_ID.slice(0, product === "Turin" ? 8 : 64), 0x1a0);
  changes.report?.(report);
  const raw = amdKeys[changes.reportSigner ?? "vek"].signRaw(report.subarray(0, 0x2a0));
  report.set(raw.slice(0, 48).reverse(), 0x2a0);
  report.set(raw.slice(48).reverse(), 0x2a0 + 72);
  changes.signature?.(report);
  return report;
}
