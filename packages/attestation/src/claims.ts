// SPDX-License-Identifier: Apache-2.0
/** The fields of a report that people and scripts look at, by name, bytes as lower-case hex. */

import { toHex } from "@zeta/protocol/hex";
import type { SgxReport } from "./dcap/sgx-report.ts";
import type { TdReport } from "./dcap/td-report.ts";
import type { SimulationQuote } from "./simulation.ts";
import type { SnpReport } from "./snp/snp-report.ts";

export type Claims = Readonly<Record<string, string | number>>;

/** What identifies the code and its configuration in a report. */
export function measurementClaims(report: SgxReport | TdReport | SnpReport): Claims {
  switch (report.kind) {
    case "sgx":
      return {
        mrEnclave: toHex(report.mrEnclave),
        mrSigner: toHex(report.mrSigner),
        productId: report.productId,
        securityVersion: report.securityVersion,
        attributes: toHex(report.attributes),
        configId: toHex(report.configId),
      };
    case "tdx":
      return tdClaims(report);
    case "sev-snp":
      return {
        measurement: toHex(report.measurement),
        hostData: toHex(report.hostData),
        idKeyDigest: toHex(report.idKeyDigest),
        authorKeyDigest: toHex(report.authorKeyDigest),
        guestSvn: report.guestSvn,
        vmpl: report.vmpl,
        guestPolicy: `0x${report.policy.toString(16)}`,
      };
  }
}

function tdClaims(report: TdReport): Claims {
  const [rtmr0, rtmr1, rtmr2, rtmr3] = report.rtmrs;
  return {
    mrTd: toHex(report.mrTd),
    rtmr0: toHex(rtmr0),
    rtmr1: toHex(rtmr1),
    rtmr2: toHex(rtmr2),
    rtmr3: toHex(rtmr3),
    mrConfigId: toHex(report.mrConfigId),
    mrOwner: toHex(report.mrOwner),
    mrOwnerConfig: toHex(report.mrOwnerConfig),
    tdAttributes: toHex(report.tdAttributes),
    mrSeam: toHex(report.mrSeam),
    ...(report.mrServiceTd === null ? {} : { mrServiceTd: toHex(report.mrServiceTd) }),
  };
}

/** What a simulated quote says it measures. */
export function simulationClaims(quote: SimulationQuote): Claims {
  return { monitor: toHex(quote.measurement) };
}
