// SPDX-License-Identifier: Apache-2.0
/**
 * What every producer of quotes is, and the check that ends each of them: the quote must bind what
 * was asked.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { assert } from "@zeta/protocol/error";
import { parseQuote } from "../dcap/quote.ts";
import { isAttestationError, refuse } from "../error.ts";
import { teeOf } from "../evidence.ts";
import { REPORT_DATA_BYTES } from "../report-data.ts";
import { produceSimulationQuote } from "../simulation.ts";
import { parseSnpReport } from "../snp/snp-report.ts";
import type { Tee } from "../tee.ts";

export interface ProducedQuote {
  readonly tee: Tee;
  /** Without padding. */
  readonly quote: Uint8Array;
  /** SEV-SNP: the certificate table the host put beside it, unverified; null elsewhere. */
  readonly certificates: Uint8Array | null;
}

export interface QuoteProducer {
  /** For people: `simulation`, `gramine`, `configfs-tsm`. */
  readonly name: string;
  readonly tee: Tee;
  /** A quote over these 64 bytes. Throws `TEE_UNAVAILABLE` or `PRODUCER_FAILED`. */
  produce(reportData: Uint8Array): Promise<ProducedQuote>;
}

/** Quotes anybody can make, for trying things out. */
export function simulationProducer(options: {
  /** SHA-256 of the monitor's WASM module. */
  readonly measurement: Uint8Array;
  readonly random?: (length: number) => Uint8Array;
}): QuoteProducer {
  return {
    name: "simulation",
    tee: "simulation",
    async produce(reportData) {
      const quote = produceSimulationQuote({ ...options, reportData });
      return { tee: "simulation", quote, certificates: null };
    },
  };
}

/**
 * Cuts a device's answer to the quote it contains and compares the report data: devices answer with
 * zeros, with stale data or with somebody else's when written to in the wrong way, and say nothing
 * about it.
 */
export function checkedQuote(
  tee: "sgx" | "tdx" | "sev-snp",
  blob: Uint8Array,
  reportData: Uint8Array,
): Uint8Array {
  if (teeOf(blob) !== tee) {
    refuse(
      "PRODUCER_FAILED",
      `expected a quote of ${tee}, got ${blob.length} bytes of something else`,
    );
  }
  const { quote, bound } = parsed(tee, blob);
  if (!equalBytes(bound, reportData)) {
    refuse(
      "PRODUCER_FAILED",
      "expected a quote over the report data asked for, got one over other data",
    );
  }
  return quote;
}

function parsed(
  tee: "sgx" | "tdx" | "sev-snp",
  blob: Uint8Array,
): { quote: Uint8Array; bound: Uint8Array } {
  try {
    if (tee === "sev-snp") return { quote: blob, bound: parseSnpReport(blob).reportData };
    const quote = parseQuote(blob);
    return { quote: quote.bytes, bound: quote.report.reportData };
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    return refuse("PRODUCER_FAILED", `expected a well-formed quote: ${error.message}`, error);
  }
}

export function assertReportData(reportData: Uint8Array): void {
  const { length } = reportData;
  assert(
    length === REPORT_DATA_BYTES,
    `expected ${REPORT_DATA_BYTES} bytes of report data, got ${length}`,
  );
}
