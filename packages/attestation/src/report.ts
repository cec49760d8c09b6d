// SPDX-License-Identifier: Apache-2.0
/** A verdict, or an unverified quote, in lines that a person can read. */

import { toHex } from "@zeta/protocol/hex";
import { type Claims, measurementClaims, simulationClaims } from "./claims.ts";
import { parseQuote } from "./dcap/quote.ts";
import { refuse } from "./error.ts";
import { isDebug, teeOf } from "./evidence.ts";
import { verifySimulationQuote } from "./simulation.ts";
import { parseSnpReport, SNP_POLICY } from "./snp/snp-report.ts";
import type { Tee } from "./tee.ts";
import type { Verdict } from "./verdict.ts";

/** What a quote says about itself before anything is verified. */
export interface QuoteDescription {
  readonly tee: Tee;
  /** Of the quote or report format. */
  readonly version: number;
  readonly debug: boolean;
  readonly measurement: Claims;
  /** 64 bytes, hex. */
  readonly reportData: string;
  /** Bytes that belong to the quote, and padding after them. */
  readonly quoteBytes: number;
  readonly paddingBytes: number;
}

const EVIDENCE_LINES = {
  valid: "genuine",
  incomplete: "signed, but not judged: no collateral",
  invalid: "NOT VALID",
} as const;

/** Lines for a terminal, without colour: the answer first, then what it rests on. */
export function formatVerdict(verdict: Verdict): string {
  const evidence =
    verdict.tee === "simulation" ? "SIMULATED TEE" : EVIDENCE_LINES[verdict.evidence];
  const lines = [
    `${verdict.policy === "accepted" ? "ACCEPTED" : "REJECTED"}  ${verdict.tee ?? "unknown kind"}`,
    ...verdict.reasons.map((reason) => `  because    ${reason}`),
    ...verdict.warnings.map((warning) => `  note       ${warning}`),
    `  evidence   ${evidence}`,
    ...optional("status", verdict.status),
    ...optional(
      "debug",
      verdict.debug === true ? "YES: the host can read and change everything" : null,
    ),
    ...optional("advisories", verdict.advisories.join(", ")),
    ...claimLines("platform", verdict.platform),
    ...claimLines("measured", verdict.measurement),
    ...optional("reportData", verdict.reportData),
    ...optional("expires", verdict.expiresAt),
  ];
  return `${lines.join("\n")}\n`;
}

/** Lines for `show`. Says first that nothing was verified. */
export function formatDescription(description: QuoteDescription): string {
  const { tee, version, quoteBytes, paddingBytes } = description;
  const padding = paddingBytes > 0 ? `, ${paddingBytes} of padding` : "";
  const lines = [
    `NOT VERIFIED  ${tee}, version ${version}, ${quoteBytes} bytes${padding}`,
    `  debug      ${description.debug ? "YES" : "no"}`,
    ...claimLines("measured", description.measurement),
    `  reportData ${description.reportData}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Parses without verifying. Throws an `AttestationError` on what does not parse. */
export function describeQuote(bytes: Uint8Array): QuoteDescription {
  const tee = teeOf(bytes);
  switch (tee) {
    case "simulation": {
      const quote = verifySimulationQuote(bytes);
      const measurement = simulationClaims(quote);
      return described(tee, 1, false, measurement, quote.reportData, bytes.length, 0);
    }
    case "sev-snp": {
      const report = parseSnpReport(bytes);
      const debug = (report.policy & SNP_POLICY.debug) !== 0n;
      const claims = measurementClaims(report);
      return described(tee, report.version, debug, claims, report.reportData, bytes.length, 0);
    }
    case "sgx":
    case "tdx": {
      const { report, version, bytes: exact, paddingBytes } = parseQuote(bytes);
      const claims = measurementClaims(report);
      const debug = isDebug(report);
      return described(tee, version, debug, claims, report.reportData, exact.length, paddingBytes);
    }
    default:
      return refuse("QUOTE_UNSUPPORTED", "expected a quote of SGX, TDX, SEV-SNP or simulation");
  }
}

function described(
  tee: Tee,
  version: number,
  debug: boolean,
  measurement: Claims,
  reportData: Uint8Array,
  quoteBytes: number,
  paddingBytes: number,
): QuoteDescription {
  const data = toHex(reportData);
  return { tee, version, debug, measurement, reportData: data, quoteBytes, paddingBytes };
}

function optional(label: string, value: string | null): string[] {
  return value === null || value === "" ? [] : [`  ${label.padEnd(10)} ${value}`];
}

function claimLines(label: string, claims: Claims): string[] {
  return Object.entries(claims).map(
    ([name, value], index) => `  ${(index === 0 ? label : "").padEnd(10)} ${name} ${value}`,
  );
}
