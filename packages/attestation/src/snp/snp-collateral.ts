// SPDX-License-Identifier: Apache-2.0
/**
 * What judges a SEV-SNP report: the chip's (or provider's) certificate, AMD's two above it, and
 * AMD's revocation list.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { LittleEndianReader } from "../little-endian-reader.ts";
import { pemBlocks } from "../pki/pem.ts";

export interface SnpCollateral {
  readonly kind: "sev-snp";
  /** VCEK or VLEK, its issuer (ASK or ASVK) and the root (ARK), DER. */
  readonly vek: Uint8Array;
  readonly ask: Uint8Array;
  readonly ark: Uint8Array;
  /**
   * The list signed by the ARK, DER; null if there is none, which a policy may or may not accept.
   */
  readonly crl: Uint8Array | null;
}

/** From PEM texts of one certificate each. Throws `CERTIFICATE_MALFORMED`. */
export function snpCollateralFromPem(pem: {
  readonly vek: string;
  readonly ask: string;
  readonly ark: string;
  readonly crl?: Uint8Array;
}): SnpCollateral {
  const [vek, ask, ark] = [one(pem.vek), one(pem.ask), one(pem.ark)];
  return { kind: "sev-snp", vek, ask, ark, crl: pem.crl ?? null };
}

function one(pem: string): Uint8Array {
  const request = { label: "CERTIFICATE", max: 1, code: "CERTIFICATE_MALFORMED" } as const;
  const [der] = pemBlocks(pem, request);
  return der ?? refuse("CERTIFICATE_MALFORMED", "expected one certificate, got none");
}

/** GUIDs of the certificate table (AMD publication 56421) in their mixed-endian form, hex. */
const TABLE_GUIDS: Readonly<Record<string, keyof CertificateTable>> = {
  "8d75da6364e66445adc5f4b93be8accd": "vcek",
  c24b07a85aa23e48aae639c045a0b8a1: "vlek",
  "79b3b74aacbbe44fa02f05aef327c782": "ask",
  a406b4c003a8524997433fb6014cd0ae: "ark",
};

/** Certificates the host put beside a report, DER as far as the host is to be believed. */
export interface CertificateTable {
  readonly vcek?: Uint8Array;
  readonly vlek?: Uint8Array;
  readonly ask?: Uint8Array;
  readonly ark?: Uint8Array;
}

/**
 * What a certificate table offers to judge a report by; there is never a revocation list in it. Of
 * two endorsement certificates the one that the report names is taken. Null if one of the three
 * certificates is missing. Throws `COLLATERAL_MALFORMED`.
 */
export function snpCollateralFromTable(
  bytes: Uint8Array,
  signingKey: "vcek" | "vlek" = "vcek",
): SnpCollateral | null {
  const { vcek, vlek, ask, ark } = parseCertificateTable(bytes);
  const vek = signingKey === "vlek" ? (vlek ?? vcek) : (vcek ?? vlek);
  if (vek === undefined || ask === undefined || ark === undefined) return null;
  return { kind: "sev-snp", vek, ask, ark, crl: null };
}

const ENTRIES_MAX = 32;
const ENTRY_BYTES = 24;

/**
 * Reads the certificate table of a SEV-SNP guest (`auxblob` of configfs-tsm): entries of GUID,
 * offset and length, ended by a zero GUID. The host writes it: it may be empty, and unknown entries
 * are skipped. Throws `COLLATERAL_MALFORMED`.
 */
export function parseCertificateTable(bytes: Uint8Array): CertificateTable {
  const table: Partial<Record<keyof CertificateTable, Uint8Array>> = {};
  if (bytes.length === 0) return table;
  const ended = new Uint8Array(16);
  for (let index = 0; index < ENTRIES_MAX; index++) {
    const entry = bytes.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    const guid = entry.subarray(0, 16);
    if (guid.length === 16 && equalBytes(guid, ended)) return table;
    if (entry.length < ENTRY_BYTES) break;
    const name = TABLE_GUIDS[toHex(guid)];
    const reader = new LittleEndianReader(entry.subarray(16));
    const start = reader.u32("offset");
    const end = start + reader.u32("length");
    if (end > bytes.length) refuse("COLLATERAL_MALFORMED", "expected entries inside the table");
    if (name !== undefined) table[name] = bytes.slice(start, end);
  }
  return refuse("COLLATERAL_MALFORMED", "expected a certificate table that ends");
}
