// SPDX-License-Identifier: Apache-2.0
/** Collateral as people keep it: in files with names. Reads no files itself, so a page can use it. */
import { dcapCollateralFromText } from "./dcap/collateral.ts";
import { refuse } from "./error.ts";
import type { Collateral } from "./evidence.ts";
import { type SnpCollateral, snpCollateralFromPem } from "./snp/snp-collateral.ts";

/** The files of SEV-SNP: a VCEK or a VLEK, the two certificates above it, and a revocation list where there is one. */
export const SNP_FILES = ["vcek.pem", "vlek.pem", "ask.pem", "ark.pem", "crl.der"] as const;

const KNOWN: ReadonlySet<string> = new Set(SNP_FILES);

/**
 * One `.json` for SGX and TDX, or {@link SNP_FILES}.
 *
 * @throws AttestationError `COLLATERAL_MALFORMED` or `CERTIFICATE_MALFORMED`.
 */
export function collateralFromFiles(files: ReadonlyMap<string, Uint8Array>): Collateral {
  const [name, bytes] = [...files][0] ?? [];
  if (files.size === 1 && name?.endsWith(".json") && bytes !== undefined) {
    return dcapCollateralFromText(textOf(name, bytes));
  }
  return snpCollateralFromFiles(files);
}

/** The same for SEV-SNP alone. */
export function snpCollateralFromFiles(files: ReadonlyMap<string, Uint8Array>): SnpCollateral {
  const other = [...files.keys()].find((file) => !KNOWN.has(file));
  if (other !== undefined) {
    refuse("COLLATERAL_MALFORMED", `expected one .json file, or ${list(KNOWN)}; got ${other}`);
  }
  const pem = (...names: string[]) => {
    for (const name of names) {
      const bytes = files.get(name);
      if (bytes !== undefined) return textOf(name, bytes);
    }
    const expected = `expected ${names.join(" or ")} among the files`;
    return refuse("COLLATERAL_MALFORMED", `${expected}, got ${list(files.keys())}`);
  };
  const crl = files.get("crl.der");
  return snpCollateralFromPem({
    vek: pem("vcek.pem", "vlek.pem"),
    ask: pem("ask.pem"),
    ark: pem("ark.pem"),
    ...(crl === undefined ? {} : { crl }),
  });
}

function list(names: Iterable<string>): string {
  return [...names].join(", ");
}

/** @throws AttestationError `COLLATERAL_MALFORMED` for bytes that are no UTF-8. */
export function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return refuse("COLLATERAL_MALFORMED", `expected text in ${name}, got other bytes`, error);
  }
}
