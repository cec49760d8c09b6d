// SPDX-License-Identifier: Apache-2.0
/**
 * Verification of SGX and TDX quotes, offline. Time and collateral come in; nothing is read from a
 * clock, a file or a network. Every step refuses with a coded error; what is returned has passed
 * all of them. Whether it is *acceptable* (which code, which status) is the policy's business and
 * not decided here.
 */

import { concatBytes, equalBytes, utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { refuse } from "../error.ts";
import { orderChain, verifyChain } from "../pki/chain.ts";
import { parseRevocationList, refuseRevoked, verifyRevocationList } from "../pki/crl.ts";
import { pemBlocks } from "../pki/pem.ts";
import type { PublicKey } from "../pki/public-key.ts";
import type { SignatureChecker } from "../pki/signatures.ts";
import { type Certificate, parseCertificate } from "../pki/x509.ts";
import type { DcapCollateral, SignedJson } from "./collateral.ts";
import { type PckPlatform, readPckPlatform } from "./pck-certificate.ts";
import { checkQeIdentity, parseQeIdentity, type QeIdentity } from "./qe-identity.ts";
import { parseQuote, type Quote } from "./quote.ts";
import { parseTcbInfo, type TcbInfo } from "./tcb-info.ts";
import { matchComponentLevel, matchPlatformLevel, matchTdxModule } from "./tcb-level.ts";
import { type ComponentStatus, mergeStatus, type TcbStatus } from "./tcb-status.ts";

export interface DcapContext {
  /** Unix milliseconds at which everything must be valid. */
  readonly at: number;
  /** Pinned root keys. */
  readonly roots: readonly PublicKey[];
  readonly checker: SignatureChecker;
}

/** A quote whose signatures lead to the pinned root. */
export interface SignedQuote {
  readonly quote: Quote;
  readonly platform: PckPlatform;
  readonly chain: readonly Certificate[];
  /** Unix milliseconds after which a certificate used here is no longer valid. */
  readonly expiresAt: number;
}

/** The verdict of Intel's collateral on the platform. */
export interface TcbVerdict {
  /** Platform, module and quoting enclave merged. Never `Revoked`: that is refused. */
  readonly status: TcbStatus;
  readonly platformStatus: TcbStatus;
  readonly qeStatus: ComponentStatus;
  /** Null for SGX and for TDX modules of major version 0. */
  readonly moduleStatus: ComponentStatus | null;
  /** Sorted, each once. */
  readonly advisories: readonly string[];
  readonly tcbDate: string;
  /** The lower one of TCB info and QE identity. */
  readonly evaluationNumber: number;
  /** Unix milliseconds: the earliest end of validity of everything used. */
  readonly expiresAt: number;
}

/**
 * Parses a quote and checks its four signatures and what they bind. Steps 1, 2 and 5, 6, 8 of the
 * algorithm.
 */
export async function verifyQuoteSignatures(
  bytes: Uint8Array,
  pckChain: string | null,
  context: DcapContext,
): Promise<SignedQuote> {
  const quote = parseQuote(bytes);
  const chain = orderChain(readPckCertificates(quote, pckChain), 3);
  await verifyChain(chain, context);
  const [leaf, authority] = chain as [Certificate, Certificate, Certificate];
  if (leaf.commonName !== "Intel SGX PCK Certificate") {
    refuse("CHAIN_INVALID", `expected a PCK certificate, got ${leaf.commonName}`);
  }
  const platform = readPckPlatform(leaf, authority);
  await checkQeReport(quote, leaf, context);
  await checkQuoteSignature(quote, context);
  return { quote, platform, chain, expiresAt: earliest(chain.map((one) => one.notAfter)) };
}

/** Judges a signed quote by collateral. Steps 3, 4, 7 and 9 to 12 of the algorithm. */
export async function judgeTcb(
  signed: SignedQuote,
  collateral: DcapCollateral,
  context: DcapContext,
): Promise<TcbVerdict> {
  const { quote, platform } = signed;
  const lists = await verifyRevocation(signed.chain, collateral, context);
  const signers = await verifySignedTexts(
    [collateral.tcbInfo, collateral.qeIdentity],
    lists,
    context,
  );
  const info = parseTcbInfo(collateral.tcbInfo.text);
  const identity = parseQeIdentity(collateral.qeIdentity.text);
  checkCurrent(info, "TCB info", context.at);
  checkCurrent(identity, "QE identity", context.at);
  checkMatching(info, identity, quote, platform);
  checkQeIdentity(quote.qe, identity);
  return {
    ...mergeLevels(signed, info, identity),
    evaluationNumber: Math.min(info.evaluationNumber, identity.evaluationNumber),
    expiresAt: earliest([
      signed.expiresAt,
      lists.root.nextUpdate,
      lists.pck.nextUpdate,
      info.nextUpdate,
      identity.nextUpdate,
      ...signers.map((one) => one.notAfter),
    ]),
  };
}

/**
 * The chain stands in the quote (type 5); for types 1 to 3 the quote only names the platform, and
 * the chain is collateral.
 */
function readPckCertificates(quote: Quote, pckChain: string | null): Certificate[] {
  const { certificationType: type, certificationData } = quote.qe;
  if (type === 5) {
    const text = String.fromCharCode(...certificationData).replace(/\0+$/, "");
    return readCertificates(text);
  }
  if (type < 1 || type > 3)
    refuse("QUOTE_UNSUPPORTED", `expected certification type 5, got ${type}`);
  if (pckChain === null) {
    return refuse("COLLATERAL_MISSING", `expected a PCK chain beside certification type ${type}`);
  }
  return readCertificates(pckChain);
}

function readCertificates(pem: string): Certificate[] {
  // No chain here is longer than three; a longer one is not read at all.
  const request = { label: "CERTIFICATE", max: 3, code: "CERTIFICATE_MALFORMED" } as const;
  return pemBlocks(pem, request).map(parseCertificate);
}

/** The PCK vouches for the quoting enclave, and that one for the attestation key. */
async function checkQeReport(quote: Quote, leaf: Certificate, context: DcapContext): Promise<void> {
  const { qe, attestationKey } = quote;
  if (leaf.publicKey.kind !== "ec" || leaf.publicKey.curve !== "P-256") {
    refuse("CERTIFICATE_MALFORMED", "expected a P-256 key in the PCK certificate");
  }
  if (!(await context.checker.verify(leaf.publicKey, qe.reportSignature, qe.reportBytes))) {
    refuse("QE_REPORT_SIGNATURE_INVALID", "expected a QE report signed by the PCK");
  }
  const bound = sha256(concatBytes(attestationKey, qe.authData));
  if (!equalBytes(qe.report.reportData, concatBytes(bound, new Uint8Array(32)))) {
    refuse("QE_REPORT_DATA_MISMATCH", "expected the QE to vouch for the quote's attestation key");
  }
}

async function checkQuoteSignature(quote: Quote, context: DcapContext): Promise<void> {
  const point = concatBytes(Uint8Array.of(4), quote.attestationKey);
  const key: PublicKey = { kind: "ec", curve: "P-256", point };
  if (!(await context.checker.verify(key, quote.signature, quote.signedBytes))) {
    refuse("QUOTE_SIGNATURE_INVALID", "expected a quote signed by its attestation key");
  }
}

type Lists = Readonly<Record<"root" | "pck", ReturnType<typeof parseRevocationList>>>;

/** Both lists must be authentic, and neither the PCK nor its CA on them. */
async function verifyRevocation(
  chain: readonly Certificate[],
  collateral: DcapCollateral,
  context: DcapContext,
): Promise<Lists> {
  const [leaf, authority, rootCertificate] = chain as [Certificate, Certificate, Certificate];
  const root = parseRevocationList(collateral.rootCrl);
  await verifyRevocationList(root, rootCertificate, context.at, context.checker);
  const pck = parseRevocationList(collateral.pckCrl);
  await verifyRevocationList(pck, authority, context.at, context.checker);
  refuseRevoked(authority, root);
  refuseRevoked(leaf, pck);
  return { root, pck };
}

/**
 * Verifies the signature over each exact text, and the signers' chains. Returns the certificates
 * used.
 */
async function verifySignedTexts(
  texts: readonly SignedJson[],
  lists: Lists,
  context: DcapContext,
): Promise<Certificate[]> {
  const signers = new Map<string, readonly Certificate[]>();
  for (const json of texts) {
    // Intel serves the same chain with both texts: it is verified once.
    const chain =
      signers.get(json.issuerChain) ?? (await verifySigner(json.issuerChain, lists, context));
    signers.set(json.issuerChain, chain);
    const [signer] = chain as [Certificate, Certificate];
    if (!(await context.checker.verify(signer.publicKey, json.signature, exactBytes(json.text)))) {
      refuse(
        "COLLATERAL_SIGNATURE_INVALID",
        "expected collateral signed by Intel's TCB signing key",
      );
    }
  }
  return [...signers.values()].flat();
}

async function verifySigner(
  issuerChain: string,
  lists: Lists,
  context: DcapContext,
): Promise<readonly Certificate[]> {
  const chain = orderChain(readCertificates(issuerChain), 2);
  await verifyChain(chain, context);
  const [signer] = chain as [Certificate, Certificate];
  if (signer.commonName !== "Intel SGX TCB Signing") {
    refuse("CHAIN_INVALID", `expected Intel's TCB signing certificate, got ${signer.commonName}`);
  }
  refuseRevoked(signer, lists.root);
  return chain;
}

/**
 * Text to bytes without loss: a lone surrogate would be replaced, and other bytes be verified than
 * are parsed.
 */
function exactBytes(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) refuse("COLLATERAL_MALFORMED", "expected well-formed text");
  return utf8(text);
}

function checkCurrent(
  dated: { readonly issueDate: number; readonly nextUpdate: number },
  what: string,
  at: number,
): void {
  if (dated.issueDate <= at && at <= dated.nextUpdate) return;
  const [from, to] = [dated.issueDate, dated.nextUpdate].map((ms) => new Date(ms).toISOString());
  const time = new Date(at).toISOString();
  refuse("COLLATERAL_NOT_CURRENT", `expected ${what} valid at ${time}, got one of ${from}..${to}`);
}

/** Genuine collateral of another TEE or another platform says nothing about this one. */
function checkMatching(
  info: TcbInfo,
  identity: QeIdentity,
  quote: Quote,
  platform: PckPlatform,
): void {
  const expected = quote.tee === "tdx" ? { info: "TDX", qe: "TD_QE" } : { info: "SGX", qe: "QE" };
  if (info.id !== expected.info || identity.id !== expected.qe) {
    const got = `${info.id} and ${identity.id}`;
    refuse("COLLATERAL_MISMATCH", `expected ${expected.info} and ${expected.qe}, got ${got}`);
  }
  if (info.fmspc !== platform.fmspc || info.pceId !== platform.pceId) {
    const want = `FMSPC ${platform.fmspc}, PCEID ${platform.pceId}`;
    refuse("COLLATERAL_MISMATCH", `expected ${want}, got ${info.fmspc}, ${info.pceId}`);
  }
}

function mergeLevels(signed: SignedQuote, info: TcbInfo, identity: QeIdentity) {
  const { report, qe } = signed.quote;
  const td = report.kind === "tdx" ? report : null;
  const module = td === null ? null : matchTdxModule(info, td);
  const qeLevel = matchComponentLevel(identity.levels, qe.report.securityVersion, "the QE");
  const level = matchPlatformLevel(info, signed.platform, td);
  const withModule = module === null ? level.status : mergeStatus(level.status, module.status);
  const status = mergeStatus(withModule, qeLevel.status);
  if (status === "Revoked") refuse("TCB_REVOKED", "expected a TCB in force, got a revoked one");
  const named = [level.advisories, module?.advisories ?? [], qeLevel.advisories].flat();
  return {
    status,
    platformStatus: level.status,
    qeStatus: qeLevel.status,
    moduleStatus: module?.status ?? null,
    advisories: [...new Set(named)].sort(),
    tcbDate: level.tcbDate,
  };
}

function earliest(times: readonly number[]): number {
  return Math.min(...times);
}
