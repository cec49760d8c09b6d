// SPDX-License-Identifier: Apache-2.0
/**
 * The SGX report body of 384 bytes: what the CPU says about an application enclave or about the
 * quoting enclave itself.
 */

import { LittleEndianReader } from "../little-endian-reader.ts";

export const SGX_REPORT_BYTES = 384;

export interface SgxReport {
  readonly kind: "sgx";
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: number;
  readonly extendedProductId: Uint8Array;
  /** FLAGS (8 bytes) and XFRM (8 bytes), as they stand. */
  readonly attributes: Uint8Array;
  /** FLAGS as an integer: see {@link SGX_FLAG}. */
  readonly flags: bigint;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly configId: Uint8Array;
  readonly productId: number;
  readonly securityVersion: number;
  readonly configSvn: number;
  readonly familyId: Uint8Array;
  readonly reportData: Uint8Array;
}

/** Bits of ATTRIBUTES.FLAGS (Intel SDM vol. 3D). None of them is part of MRENCLAVE. */
export const SGX_FLAG = {
  debug: 1n << 1n,
  provisionKey: 1n << 4n,
  initTokenKey: 1n << 5n,
} as const;

/** Parses exactly 384 bytes. Throws `QUOTE_MALFORMED`. */
export function parseSgxReport(bytes: Uint8Array): SgxReport {
  const reader = new LittleEndianReader(bytes);
  const cpuSvn = reader.bytes(16, "CPUSVN");
  const miscSelect = reader.u32("MISCSELECT");
  reader.skip(12, "reserved");
  const extendedProductId = reader.bytes(16, "ISVEXTPRODID");
  const attributes = reader.bytes(16, "ATTRIBUTES");
  const mrEnclave = reader.bytes(32, "MRENCLAVE");
  reader.skip(32, "reserved");
  const mrSigner = reader.bytes(32, "MRSIGNER");
  reader.skip(32, "reserved");
  const configId = reader.bytes(64, "CONFIGID");
  const productId = reader.u16("ISVPRODID");
  const securityVersion = reader.u16("ISVSVN");
  const configSvn = reader.u16("CONFIGSVN");
  reader.skip(42, "reserved");
  const familyId = reader.bytes(16, "ISVFAMILYID");
  const reportData = reader.bytes(64, "REPORTDATA");
  reader.end("the SGX report");
  const flags = new LittleEndianReader(attributes).u64("FLAGS");
  return {
    kind: "sgx",
    ...{ cpuSvn, miscSelect, extendedProductId, attributes, flags, mrEnclave, mrSigner, configId },
    ...{ productId, securityVersion, configSvn, familyId, reportData },
  };
}
