// SPDX-License-Identifier: Apache-2.0
/**
 * Verification of SEV-SNP reports, offline: certificates and time come in. Every step refuses with
 * a coded error; what is returned has passed all of them. AMD publishes no status like Intel's, so
 * how new a TCB must be is for the policy to say.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { orderChain, verifyChain } from "../pki/chain.ts";
import { parseRevocationList, refuseRevoked, verifyRevocationList } from "../pki/crl.ts";
import type { SignatureChecker } from "../pki/signatures.ts";
import { type Certificate, parseCertificate } from "../pki/x509.ts";
import type { SnpProduct, TrustAnchors } from "../trust-anchors.ts";
import type { SnpCollateral } from "./snp-collateral.ts";
import { productOfCpu } from "./snp-product.ts";
import { parseSnpReport, type SnpReport } from "./snp-report.ts";
import { decodeSnpTcb, reachesTcb, SNP_TCB_PARTS, type SnpTcb } from "./snp-tcb.ts";
import { hardwareIdBytes, readVekFacts, type VekFacts } from "./vek-certificate.ts";

export interface SnpContext {
  /** Unix milliseconds at which everything must be valid. */
  readonly at: number;
  readonly anchors: TrustAnchors["amd"];
  readonly checker: SignatureChecker;
}

export interface VerifiedSnp {
  readonly report: SnpReport;
  readonly product: SnpProduct;
  /** To the cloud provider's VLEK; null for a VCEK. */
  readonly provider: string | null;
  readonly tcb: Readonly<Record<"reported" | "committed" | "current" | "launch", SnpTcb>>;
  /** Was AMD's revocation list checked? */
  readonly revocationChecked: boolean;
  /** Unix milliseconds: the earliest end of validity of everything used. */
  readonly expiresAt: number;
}

/**
 * Parses a report and checks chain, revocation, signature, and that the key belongs to the chip,
 * product and TCB reported.
 */
export async function verifySnp(
  bytes: Uint8Array,
  collateral: SnpCollateral,
  context: SnpContext,
): Promise<VerifiedSnp> {
  const report = parseSnpReport(bytes);
  const chain = await verifySnpChain(report, collateral, context);
  const [vek, ask, ark] = chain;
  const facts = readVekFacts(vek);
  checkProduct(facts, ask, ark, context.anchors);
  const listExpiry = await verifyRevocation(ask, ark, collateral.crl, context);
  if (vek.publicKey.kind !== "ec" || vek.publicKey.curve !== "P-384") {
    refuse("CERTIFICATE_MALFORMED", "expected a P-384 key in the endorsement certificate");
  }
  if (!(await context.checker.verify(vek.publicKey, report.signature, report.signedBytes))) {
    refuse("QUOTE_SIGNATURE_INVALID", "expected a report signed by the endorsement key");
  }
  const tcb = decodeTcbs(report, facts.product);
  checkEndorsement(report, facts, tcb.reported);
  checkTcbOrder(tcb);
  return {
    report,
    product: facts.product,
    provider: facts.provider,
    tcb,
    revocationChecked: collateral.crl !== null,
    expiresAt: Math.min(listExpiry, ...chain.map((one) => one.notAfter)),
  };
}

type SnpChain = readonly [Certificate, Certificate, Certificate];

async function verifySnpChain(
  report: SnpReport,
  collateral: SnpCollateral,
  context: SnpContext,
): Promise<SnpChain> {
  const certificates = [collateral.vek, collateral.ask, collateral.ark].map(parseCertificate);
  const chain = orderChain(certificates, 3) as readonly Certificate[] as SnpChain;
  const [vek, , ark] = chain;
  const pinned = Object.values(context.anchors).flat().includes(keyDigest(ark));
  await verifyChain(chain, { ...context, roots: pinned ? [ark.publicKey] : [] });
  const name = report.signingKey === "vcek" ? "SEV-VCEK" : "SEV-VLEK";
  if (vek.commonName !== name) {
    refuse("CHAIN_INVALID", `expected the ${name} the report names, got ${vek.commonName}`);
  }
  return chain;
}

function keyDigest(certificate: Certificate): string {
  const { publicKey } = certificate;
  return publicKey.kind === "rsa" ? toHex(sha256(publicKey.spki)) : "";
}

/** The product in the leaf, the names above it and the pinned root must be of one line. */
function checkProduct(
  facts: VekFacts,
  ask: Certificate,
  ark: Certificate,
  anchors: TrustAnchors["amd"],
): void {
  const { product } = facts;
  const issuer = facts.hardwareId === null ? `SEV-VLEK-${product}` : `SEV-${product}`;
  if (ask.commonName !== issuer || !anchors[product].includes(keyDigest(ark))) {
    refuse("CHAIN_INVALID", `expected ${issuer} under the root of ${product}`);
  }
}

/**
 * AMD revokes what its root issued: the authority above the chip's key. Returns when the list
 * lapses.
 */
async function verifyRevocation(
  ask: Certificate,
  ark: Certificate,
  crl: Uint8Array | null,
  context: SnpContext,
): Promise<number> {
  if (crl === null) return Number.POSITIVE_INFINITY;
  const list = parseRevocationList(crl);
  await verifyRevocationList(list, ark, context.at, context.checker);
  refuseRevoked(ask, list);
  refuseRevoked(ark, list);
  return list.nextUpdate;
}

function decodeTcbs(report: SnpReport, product: SnpProduct): VerifiedSnp["tcb"] {
  return {
    reported: decodeSnpTcb(report.reportedTcb, product),
    committed: decodeSnpTcb(report.committedTcb, product),
    current: decodeSnpTcb(report.currentTcb, product),
    launch: decodeSnpTcb(report.launchTcb, product),
  };
}

/**
 * The key was derived for one chip at one TCB: it must be the chip and TCB that the report states.
 */
function checkEndorsement(report: SnpReport, facts: VekFacts, reported: SnpTcb): void {
  const { product } = facts;
  const differing = SNP_TCB_PARTS.filter((part) => facts.tcb[part] !== reported[part]);
  if (differing.length > 0) {
    refuse("VEK_MISMATCH", `expected a key for the reported TCB, got another ${differing.join()}`);
  }
  if (report.cpu !== null && productOfCpu(report.cpu) !== product) {
    const { family, model } = report.cpu;
    refuse("VEK_MISMATCH", `expected a CPU of ${product}, got family ${family}, model ${model}`);
  }
  const isVlek = report.signingKey === "vlek";
  if ((facts.hardwareId === null) !== isVlek || (facts.provider === null) === isVlek) {
    refuse("VEK_MISMATCH", `expected the extensions of a ${report.signingKey}, got others`);
  }
  // With the id masked nothing ties report and chip together but the signature by a key that only
  // this chip has; the policy decides about that.
  if (facts.hardwareId === null || report.chipIdMasked) return;
  const length = hardwareIdBytes(product);
  const padding = report.chipId.subarray(length);
  const sameChip = toHex(report.chipId.subarray(0, length)) === facts.hardwareId;
  if (!sameChip || !equalBytes(padding, new Uint8Array(padding.length))) {
    refuse("VEK_MISMATCH", "expected the key of the reported chip, got another chip's");
  }
}

/**
 * A platform reports at most what it has committed to, and has committed to at most what it runs.
 */
function checkTcbOrder(tcb: VerifiedSnp["tcb"]): void {
  if (!reachesTcb(tcb.committed, tcb.reported) || !reachesTcb(tcb.current, tcb.committed)) {
    refuse("TCB_ORDER_INVALID", "expected reported <= committed <= current TCB, got another order");
  }
}
