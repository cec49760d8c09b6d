// SPDX-License-Identifier: Apache-2.0
/**
 * Fetches what judges an SGX or TDX quote from Intel's Provisioning Certification Service (PCS,
 * version 4) or a cache of it (PCCS). What the quote says about its platform is not verified here:
 * it only decides what is asked for.
 */

import {
  type DcapCollateral,
  dcapCollateralFromText,
  dcapCollateralToText,
} from "../dcap/collateral.ts";
import { readPckPlatform } from "../dcap/pck-certificate.ts";
import { parseQeIdentity } from "../dcap/qe-identity.ts";
import { parseQuote, type Quote } from "../dcap/quote.ts";
import { parseTcbInfo } from "../dcap/tcb-info.ts";
import { isAttestationError, refuse } from "../error.ts";
import { orderChain } from "../pki/chain.ts";
import { parseRevocationList } from "../pki/crl.ts";
import { pemBlocks } from "../pki/pem.ts";
import { type Certificate, parseCertificate } from "../pki/x509.ts";
import type { CollateralCache } from "./cache.ts";
import { type HttpAnswer, type HttpOptions, httpGet } from "./http.ts";

export interface IntelOptions extends HttpOptions {
  /** Where the service is; Intel's own unless given. */
  readonly baseUrl?: string;
  readonly rootCrlUrl?: string;
  readonly cache?: CollateralCache;
  /** Cached collateral must be valid at this moment. */
  readonly at: Date;
  /** `early` asks for evaluations Intel has published but does not yet demand. */
  readonly update?: "standard" | "early";
}

const BASE_URL = "https://api.trustedservices.intel.com";
const ROOT_CRL_URL = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

/**
 * Collateral for a quote, from the cache if it is there and in force. Throws `FETCH_FAILED` or what
 * parsing throws.
 */
export async function fetchDcapCollateral(
  quoteBytes: Uint8Array,
  options: IntelOptions,
): Promise<DcapCollateral> {
  const quote = parseQuote(quoteBytes);
  const { fmspc, issuer } = platformOf(quote);
  const update = options.update ?? "standard";
  const name = `intel-${quote.tee}-${fmspc}-${issuer}-${update}`;
  const cached = await fromCache(name, options);
  if (cached !== null) return cached;
  const collateral = await fetchAll(quote.tee, fmspc, issuer, update, options);
  await options.cache?.set(name, dcapCollateralToText(collateral));
  return collateral;
}

/** FMSPC and issuing CA from the PCK certificate in the quote. */
function platformOf(quote: Quote) {
  const { certificationType, certificationData } = quote.qe;
  if (certificationType !== 5) {
    refuse(
      "COLLATERAL_MISSING",
      `expected a PCK chain in the quote, got type ${certificationType}`,
    );
  }
  const pem = String.fromCharCode(...certificationData).replace(/\0+$/, "");
  const chain = orderChain(readCertificates(pem), 3);
  const [leaf, authority] = chain as [Certificate, Certificate, Certificate];
  return readPckPlatform(leaf, authority);
}

function readCertificates(pem: string): Certificate[] {
  const request = { label: "CERTIFICATE", max: 3, code: "CERTIFICATE_MALFORMED" } as const;
  return pemBlocks(pem, request).map(parseCertificate);
}

async function fetchAll(
  tee: "sgx" | "tdx",
  fmspc: string,
  ca: "processor" | "platform",
  update: string,
  options: IntelOptions,
): Promise<DcapCollateral> {
  const base = options.baseUrl ?? BASE_URL;
  const get = (path: string): Promise<HttpAnswer> => httpGet(`${base}${path}`, options);
  const [tcbInfo, qeIdentity, pckCrl, rootCrl] = await Promise.all([
    get(`/${tee}/certification/v4/tcb?fmspc=${fmspc}&update=${update}`),
    get(`/${tee}/certification/v4/qe/identity?update=${update}`),
    get(`/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`),
    httpGet(options.rootCrlUrl ?? ROOT_CRL_URL, options),
  ]);
  return {
    kind: "dcap",
    tcbInfo: {
      ...sliceSignedJson(textOf(tcbInfo), "tcbInfo"),
      issuerChain: chainHeader(tcbInfo, "TCB-Info-Issuer-Chain"),
    },
    qeIdentity: {
      ...sliceSignedJson(textOf(qeIdentity), "enclaveIdentity"),
      issuerChain: chainHeader(qeIdentity, "SGX-Enclave-Identity-Issuer-Chain"),
    },
    rootCrl: rootCrl.bytes,
    pckCrl: pckCrl.bytes,
    pckChain: null,
  };
}

/**
 * `{"<member>":<signed text>,"signature":"<hex>"}`: the signed text is cut out as it stands.
 * Parsing and writing it again would change bytes and break the signature.
 * Throws `COLLATERAL_MALFORMED`.
 */
export function sliceSignedJson(
  body: string,
  member: string,
): { text: string; signature: Uint8Array } {
  const head = `{"${member}":`;
  const tail = /,"signature":"([0-9a-fA-F]{128})"\}\s*$/.exec(body);
  if (!body.startsWith(head) || tail === null) {
    return refuse(
      "COLLATERAL_MALFORMED",
      `expected ${head}...,"signature":"..."}, got another form`,
    );
  }
  const signature = Uint8Array.from((tail[1] ?? "").match(/../g) ?? [], (byte) =>
    Number.parseInt(byte, 16),
  );
  return { text: body.slice(head.length, tail.index), signature };
}

function textOf(answer: HttpAnswer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(answer.bytes);
  } catch (error) {
    return refuse("COLLATERAL_MALFORMED", "expected UTF-8, got other bytes", error);
  }
}

function chainHeader(answer: HttpAnswer, name: string): string {
  const value = answer.headers.get(name);
  if (value === null)
    return refuse("COLLATERAL_MALFORMED", `expected the header ${name}, got none`);
  try {
    return decodeURIComponent(value);
  } catch (error) {
    return refuse("COLLATERAL_MALFORMED", `expected percent-encoded PEM in ${name}`, error);
  }
}

/** A cached entry that does not parse or has lapsed counts as absent. */
async function fromCache(name: string, options: IntelOptions): Promise<DcapCollateral | null> {
  const text = (await options.cache?.get(name)) ?? null;
  if (text === null) return null;
  try {
    const collateral = dcapCollateralFromText(text);
    return lapsesAt(collateral) >= options.at.getTime() ? collateral : null;
  } catch (error) {
    if (isAttestationError(error)) return null;
    throw error;
  }
}

/** Unix milliseconds: the earliest date on any of its parts. */
function lapsesAt(collateral: DcapCollateral): number {
  const { tcbInfo, qeIdentity } = collateral;
  const chains = [tcbInfo, qeIdentity].flatMap(({ issuerChain }) => readCertificates(issuerChain));
  return Math.min(
    ...chains.map(({ notAfter }) => notAfter),
    parseTcbInfo(tcbInfo.text).nextUpdate,
    parseQeIdentity(qeIdentity.text).nextUpdate,
    parseRevocationList(collateral.rootCrl).nextUpdate,
    parseRevocationList(collateral.pckCrl).nextUpdate,
  );
}
