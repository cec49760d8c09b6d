// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to verification: bytes of any supported kind in, authenticated facts out, or a coded
 * error. It has no clock and no network: the time and the collateral are the caller's. Facts are
 * not yet approval: see `policy.ts`.
 */

import { assert } from "@zeta/protocol/error";
import type { DcapCollateral } from "./dcap/collateral.ts";
import type { PckPlatform } from "./dcap/pck-certificate.ts";
import { isDcapQuote, type Quote } from "./dcap/quote.ts";
import { SGX_FLAG, type SgxReport } from "./dcap/sgx-report.ts";
import { TD_ATTRIBUTE, type TdReport } from "./dcap/td-report.ts";
import {
  type DcapContext,
  judgeTcb,
  type SignedQuote,
  type TcbVerdict,
  verifyQuoteSignatures,
} from "./dcap/verify-dcap.ts";
import { refuse } from "./error.ts";
import { platformChecker, type SignatureChecker } from "./pki/signatures.ts";
import { isSimulationQuote, type SimulationQuote, verifySimulationQuote } from "./simulation.ts";
import type { SnpCollateral } from "./snp/snp-collateral.ts";
import { isSnpReport, SNP_POLICY } from "./snp/snp-report.ts";
import { type VerifiedSnp, verifySnp } from "./snp/verify-snp.ts";
import type { Tee } from "./tee.ts";
import { TRUST_ANCHORS, type TrustAnchors } from "./trust-anchors.ts";

export type Collateral = DcapCollateral | SnpCollateral;

export interface SimulationEvidence {
  readonly tee: "simulation";
  readonly debug: false;
  readonly reportData: Uint8Array;
  readonly quote: SimulationQuote;
  readonly expiresAt: null;
}

export interface SgxEvidence extends DcapFacts {
  readonly tee: "sgx";
  readonly report: SgxReport;
}

export interface TdxEvidence extends DcapFacts {
  readonly tee: "tdx";
  readonly report: TdReport;
}

interface DcapFacts {
  readonly debug: boolean;
  readonly reportData: Uint8Array;
  readonly quote: Quote;
  readonly platform: PckPlatform;
  readonly tcb: TcbVerdict;
  /** Unix milliseconds after which these facts must be established again. */
  readonly expiresAt: number;
}

export interface SnpEvidence extends VerifiedSnp {
  readonly tee: "sev-snp";
  readonly debug: boolean;
  readonly reportData: Uint8Array;
}

export type Evidence = SimulationEvidence | SgxEvidence | TdxEvidence | SnpEvidence;

export interface VerifyOptions {
  /** The moment at which certificates, lists and collateral must be valid. */
  readonly at: Date;
  /** Null only for simulated quotes, which need none. */
  readonly collateral: Collateral | null;
  /** The pinned keys of Intel and AMD unless a test brings its own. */
  readonly anchors?: TrustAnchors;
  readonly checker?: SignatureChecker;
}

/**
 * Which kind of evidence the bytes claim to be; null if none. Says nothing about their validity.
 */
export function teeOf(bytes: Uint8Array): Tee | null {
  if (isSimulationQuote(bytes)) return "simulation";
  // The lengths tell a SEV-SNP report of version 3 to 5 (u32) from a DCAP quote (u16, then a key
  // type that is not zero).
  if (isSnpReport(bytes)) return "sev-snp";
  if (!isDcapQuote(bytes)) return null;
  return bytes[0] !== 3 && bytes[4] === 0x81 ? "tdx" : "sgx";
}

/** Verifies evidence of any kind. Throws an `AttestationError` on anything that does not hold. */
export async function verifyEvidence(bytes: Uint8Array, options: VerifyOptions): Promise<Evidence> {
  const tee = teeOf(bytes);
  const { collateral } = options;
  switch (tee) {
    case "simulation":
      return simulationEvidence(bytes);
    case "sev-snp":
      return snpEvidence(bytes, options);
    case "sgx":
    case "tdx": {
      if (collateral !== null && collateral.kind !== "dcap") {
        refuse("COLLATERAL_MISMATCH", `expected collateral of Intel for ${tee}, got AMD's`);
      }
      const signed = await verifyDcapSignatures(bytes, options);
      if (collateral === null)
        return refuse("COLLATERAL_MISSING", `expected collateral for ${tee}`);
      const tcb = await judgeTcb(signed, collateral, dcapContext(options));
      return dcapEvidence(signed, tcb);
    }
    default:
      return refuse("QUOTE_UNSUPPORTED", "expected a quote of SGX, TDX, SEV-SNP or simulation");
  }
}

/**
 * Only the signatures of a DCAP quote, down to the pinned root: for evidence whose collateral is
 * missing. Never enough to accept anything: a revoked or ancient platform signs just as well.
 */
export async function verifyDcapSignatures(
  bytes: Uint8Array,
  options: VerifyOptions,
): Promise<SignedQuote> {
  const { collateral } = options;
  const chain = collateral?.kind === "dcap" ? collateral.pckChain : null;
  return verifyQuoteSignatures(bytes, chain, dcapContext(options));
}

function dcapContext(options: VerifyOptions): DcapContext {
  return { ...common(options), roots: (options.anchors ?? TRUST_ANCHORS).intel };
}

function common(options: VerifyOptions): { at: number; checker: SignatureChecker } {
  const at = options.at.getTime();
  assert(Number.isFinite(at), "expected a time that exists, got an invalid Date");
  return { at, checker: options.checker ?? platformChecker() };
}

function simulationEvidence(bytes: Uint8Array): SimulationEvidence {
  const quote = verifySimulationQuote(bytes);
  return { tee: "simulation", debug: false, reportData: quote.reportData, quote, expiresAt: null };
}

async function snpEvidence(bytes: Uint8Array, options: VerifyOptions): Promise<SnpEvidence> {
  const { collateral } = options;
  if (collateral === null) return refuse("COLLATERAL_MISSING", "expected certificates for sev-snp");
  if (collateral.kind !== "sev-snp") {
    return refuse("COLLATERAL_MISMATCH", "expected AMD's certificates, got collateral of Intel");
  }
  const anchors = (options.anchors ?? TRUST_ANCHORS).amd;
  const verified = await verifySnp(bytes, collateral, { ...common(options), anchors });
  const debug = (verified.report.policy & SNP_POLICY.debug) !== 0n;
  return { tee: "sev-snp", debug, reportData: verified.report.reportData, ...verified };
}

function dcapEvidence(signed: SignedQuote, tcb: TcbVerdict): SgxEvidence | TdxEvidence {
  const { quote, platform } = signed;
  const { report } = quote;
  const facts = {
    debug: isDebug(report),
    reportData: report.reportData,
    ...{ quote, platform, tcb, expiresAt: tcb.expiresAt },
  };
  return report.kind === "sgx"
    ? { tee: "sgx", report, ...facts }
    : { tee: "tdx", report, ...facts };
}

/** A debug enclave or TD is an open book to its host; the flag is part of no measurement. */
export function isDebug(report: SgxReport | TdReport): boolean {
  return report.kind === "sgx"
    ? (report.flags & SGX_FLAG.debug) !== 0n
    : (report.attributeBits & TD_ATTRIBUTE.debugGroup) !== 0n;
}
