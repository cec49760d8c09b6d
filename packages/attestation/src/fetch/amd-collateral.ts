// SPDX-License-Identifier: Apache-2.0
/**
 * Fetches what judges a SEV-SNP report from AMD's Key Distribution Service: the chip's certificate
 * for the reported TCB, the two above it and the revocation list. The service limits requests hard:
 * use a cache.
 */

import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { isAttestationError, refuse } from "../error.ts";
import { JsonNode } from "../json-node.ts";
import { parseRevocationList } from "../pki/crl.ts";
import { pemBlocks } from "../pki/pem.ts";
import { parseCertificate } from "../pki/x509.ts";
import type { SnpCollateral } from "../snp/snp-collateral.ts";
import { productOfCpu } from "../snp/snp-product.ts";
import { parseSnpReport, type SnpReport } from "../snp/snp-report.ts";
import { decodeSnpTcb } from "../snp/snp-tcb.ts";
import { hardwareIdBytes } from "../snp/vek-certificate.ts";
import type { SnpProduct } from "../trust-anchors.ts";
import type { CollateralCache } from "./cache.ts";
import { type HttpOptions, httpGet } from "./http.ts";

export interface AmdOptions extends HttpOptions {
  /** Where the service is; AMD's own unless given. */
  readonly baseUrl?: string;
  readonly cache?: CollateralCache;
  /** Cached collateral must be valid at this moment. */
  readonly at: Date;
  /** Reports of version 2 do not name their CPU, so somebody must. */
  readonly product?: SnpProduct;
  /**
   * The provider's VLEK, DER, for reports signed by one: AMD hands those to providers only. It
   * stands in `auxblob`.
   */
  readonly vlek?: Uint8Array;
}

const BASE_URL = "https://kdsintf.amd.com";

/**
 * Certificates and revocation list for a report. Throws `FETCH_FAILED`, `COLLATERAL_MISSING` or
 * what parsing throws.
 */
export async function fetchSnpCollateral(
  reportBytes: Uint8Array,
  options: AmdOptions,
): Promise<SnpCollateral> {
  const report = parseSnpReport(reportBytes);
  const product =
    (report.cpu === null ? null : productOfCpu(report.cpu)) ?? options.product ?? null;
  if (product === null) {
    return refuse(
      "COLLATERAL_MISSING",
      "expected a report that names its CPU, or a product, got none",
    );
  }
  const { name, path } = vekRequest(report, product, options);
  const cached = await fromCache(name, options);
  if (cached !== null) return cached;
  const base = `${options.baseUrl ?? BASE_URL}/${report.signingKey}/v1/${product}`;
  const vek =
    path === null ? providerKey(options) : (await httpGet(`${base}/${path}`, options)).bytes;
  const chain = await httpGet(`${base}/cert_chain`, options);
  const crl = await httpGet(`${base}/crl`, options);
  const [ask, ark] = pemBlocks(new TextDecoder().decode(chain.bytes), {
    label: "CERTIFICATE",
    max: 2,
    code: "CERTIFICATE_MALFORMED",
  });
  if (ask === undefined || ark === undefined) {
    return refuse("CERTIFICATE_MALFORMED", "expected two certificates in the chain, got one");
  }
  const collateral: SnpCollateral = { kind: "sev-snp", vek, ask, ark, crl: crl.bytes };
  await options.cache?.set(name, snpCollateralToText(collateral));
  return collateral;
}

/** The VCEK is derived from the *reported* TCB: the current one would name another key. */
function vekRequest(
  report: SnpReport,
  product: SnpProduct,
  options: AmdOptions,
): { name: string; path: string | null } {
  const tcbHex = toHex(report.reportedTcb);
  const lower = product.toLowerCase();
  if (report.signingKey === "vlek") {
    const provider = toHex(sha256(providerKey(options))).slice(0, 16);
    return { name: `amd-vlek-${lower}-${provider}-${tcbHex}`, path: null };
  }
  if (report.chipId.every((byte) => byte === 0)) {
    return refuse(
      "COLLATERAL_MISSING",
      "expected the chip's id to ask for its key, got a masked one",
    );
  }
  const chip = toHex(report.chipId.subarray(0, hardwareIdBytes(product)));
  const tcb = decodeSnpTcb(report.reportedTcb, product);
  const parts = [
    ...(tcb.fmc === null ? [] : [`fmcSPL=${tcb.fmc}`]),
    ...[`blSPL=${tcb.bootloader}`, `teeSPL=${tcb.tee}`, `snpSPL=${tcb.snp}`],
    `ucodeSPL=${tcb.microcode}`,
  ];
  return {
    name: `amd-${lower}-${chip.slice(0, 64)}-${tcbHex}`,
    path: `${chip}?${parts.join("&")}`,
  };
}

function providerKey(options: AmdOptions): Uint8Array {
  const missing = "expected the provider's VLEK certificate (from auxblob), got none";
  return options.vlek ?? refuse("COLLATERAL_MISSING", missing);
}

/** JSON with DER in hex, for caches. */
export function snpCollateralToText(collateral: SnpCollateral): string {
  const { vek, ask, ark, crl } = collateral;
  return JSON.stringify({
    vek: toHex(vek),
    ask: toHex(ask),
    ark: toHex(ark),
    ...(crl === null ? {} : { crl: toHex(crl) }),
  });
}

/** The inverse of {@link snpCollateralToText}. Throws `COLLATERAL_MALFORMED`. */
export function snpCollateralFromText(text: string): SnpCollateral {
  const node = JsonNode.parse(text, "collateral", "COLLATERAL_MALFORMED");
  const crl = node.optional("crl")?.hex() ?? null;
  const der = (name: string): Uint8Array => node.member(name).hex();
  return { kind: "sev-snp", vek: der("vek"), ask: der("ask"), ark: der("ark"), crl };
}

/** A cached entry that does not parse or has lapsed counts as absent. */
async function fromCache(name: string, options: AmdOptions): Promise<SnpCollateral | null> {
  const text = (await options.cache?.get(name)) ?? null;
  if (text === null) return null;
  try {
    const collateral = snpCollateralFromText(text);
    const ends = [collateral.vek, collateral.ask, collateral.ark].map(
      (der) => parseCertificate(der).notAfter,
    );
    const list = collateral.crl === null ? 0 : parseRevocationList(collateral.crl).nextUpdate;
    return Math.min(list, ...ends) >= options.at.getTime() ? collateral : null;
  } catch (error) {
    if (isAttestationError(error)) return null;
    throw error;
  }
}
