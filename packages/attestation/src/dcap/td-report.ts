// SPDX-License-Identifier: Apache-2.0
/** The TD report in a TDX quote: 584 bytes (version 1.0) or 648 (1.5). */

import { LittleEndianReader } from "../little-endian-reader.ts";

export const TD_REPORT_10_BYTES = 584;
export const TD_REPORT_15_BYTES = 648;

export interface TdReport {
  readonly kind: "tdx";
  readonly version: "1.0" | "1.5";
  /**
   * [0] security version of the TDX module, [1] its major version, [2] microcode; the rest zero.
   */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  /** Zeros for Intel's own module. */
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: Uint8Array;
  /** The same as an integer: see {@link TD_ATTRIBUTE}. */
  readonly attributeBits: bigint;
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly reportData: Uint8Array;
  /** Version 1.5 only: the module after an update that preserved the TDs. */
  readonly teeTcbSvn2: Uint8Array | null;
  /** Version 1.5 only: zeros unless a service TD (such as a migration TD) is bound to this one. */
  readonly mrServiceTd: Uint8Array | null;
}

/** Bits of TDATTRIBUTES (Intel TDX module ABI). None of them is part of MRTD. */
export const TD_ATTRIBUTE = {
  /** The whole lowest byte is "TD under debug": any bit of it opens the TD to the host. */
  debugGroup: 0xffn,
  septVeDisable: 1n << 28n,
  /** A migration TD bound to this one may hand its whole state to another machine. */
  migratable: 1n << 29n,
} as const;

/** Parses exactly 584 or 648 bytes. Throws `QUOTE_MALFORMED`. */
export function parseTdReport(bytes: Uint8Array): TdReport {
  const reader = new LittleEndianReader(bytes);
  const teeTcbSvn = reader.bytes(16, "TEE_TCB_SVN");
  const mrSeam = reader.bytes(48, "MRSEAM");
  const mrSignerSeam = reader.bytes(48, "MRSIGNERSEAM");
  const seamAttributes = reader.bytes(8, "SEAMATTRIBUTES");
  const tdAttributes = reader.bytes(8, "TDATTRIBUTES");
  const xfam = reader.bytes(8, "XFAM");
  const mrTd = reader.bytes(48, "MRTD");
  const mrConfigId = reader.bytes(48, "MRCONFIGID");
  const mrOwner = reader.bytes(48, "MROWNER");
  const mrOwnerConfig = reader.bytes(48, "MROWNERCONFIG");
  const rtmr = (): Uint8Array => reader.bytes(48, "RTMR");
  const rtmrs = [rtmr(), rtmr(), rtmr(), rtmr()] as const;
  const reportData = reader.bytes(64, "REPORTDATA");
  const is15 = bytes.length === TD_REPORT_15_BYTES;
  const teeTcbSvn2 = is15 ? reader.bytes(16, "TEE_TCB_SVN2") : null;
  const mrServiceTd = is15 ? reader.bytes(48, "MRSERVICETD") : null;
  reader.end("the TD report");
  const attributeBits = new LittleEndianReader(tdAttributes).u64("TDATTRIBUTES");
  return {
    kind: "tdx",
    version: is15 ? "1.5" : "1.0",
    ...{ teeTcbSvn, mrSeam, mrSignerSeam, seamAttributes, tdAttributes, attributeBits, xfam },
    ...{ mrTd, mrConfigId, mrOwner, mrOwnerConfig, rtmrs, reportData, teeTcbSvn2, mrServiceTd },
  };
}
