// SPDX-License-Identifier: Apache-2.0
/**
 * The DCAP quote container: SGX version 3, SGX or TDX version 4, and version 5 with a body
 * descriptor. Parsing is strict to the last byte of the signature data. What follows it is padding
 * of the kernel's buffer, which nobody signed: it is allowed and cut off, so that a quote has one
 * form to hash, store and compare.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { fromHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { QUOTE_BYTES_MAX } from "../limits.ts";
import { LittleEndianReader } from "../little-endian-reader.ts";
import { parseSgxReport, SGX_REPORT_BYTES, type SgxReport } from "./sgx-report.ts";
import {
  parseTdReport,
  TD_REPORT_10_BYTES,
  TD_REPORT_15_BYTES,
  type TdReport,
} from "./td-report.ts";

export interface Quote {
  readonly version: 3 | 4 | 5;
  readonly tee: "sgx" | "tdx";
  readonly report: SgxReport | TdReport;
  /** What the attestation key signed: header and body. */
  readonly signedBytes: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** x ‖ y of a P-256 key, 64 bytes. */
  readonly attestationKey: Uint8Array;
  readonly qe: QuotingEnclave;
  /** The quote without padding. */
  readonly bytes: Uint8Array;
  /** How many bytes of padding were cut off. */
  readonly paddingBytes: number;
}

/** How the quoting enclave vouches for the attestation key. */
export interface QuotingEnclave {
  readonly report: SgxReport;
  /** The 384 bytes of it, as signed by the PCK. */
  readonly reportBytes: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly reportSignature: Uint8Array;
  readonly authData: Uint8Array;
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
}

const KEY_TYPE_ECDSA_P256 = 2;
const TEE_TYPE = { sgx: 0x00, tdx: 0x81 } as const;
/** Version 5's body types and their lengths. */
const BODY_TYPES: Readonly<
  Record<number, { readonly tee: "sgx" | "tdx"; readonly bytes: number }>
> = {
  1: { tee: "sgx", bytes: SGX_REPORT_BYTES },
  2: { tee: "tdx", bytes: TD_REPORT_10_BYTES },
  3: { tee: "tdx", bytes: TD_REPORT_15_BYTES },
};
const INTEL_QE_VENDOR = fromHex("939a7233f79c4ca9940a0db3957f0607");
/**
 * Certification data that is itself a QE report with its own certification data (versions 4 and 5).
 */
const QE_REPORT_CERTIFICATION = 6;

/** Do these bytes start like a DCAP quote? Says nothing about their validity. */
export function isDcapQuote(bytes: Uint8Array): boolean {
  const [low, high, keyLow, keyHigh] = bytes;
  return low !== undefined && low >= 3 && low <= 5 && high === 0 && keyLow === 2 && keyHigh === 0;
}

/**
 * Throws `QUOTE_TOO_LARGE`, `QUOTE_UNSUPPORTED` or `QUOTE_MALFORMED`. Nothing in the result is
 * authenticated yet.
 */
export function parseQuote(bytes: Uint8Array): Quote {
  if (bytes.length > QUOTE_BYTES_MAX) {
    refuse("QUOTE_TOO_LARGE", `expected at most ${QUOTE_BYTES_MAX} bytes, got ${bytes.length}`);
  }
  const reader = new LittleEndianReader(bytes);
  const { version, tee } = readHeader(reader);
  const report = readBody(reader, version, tee);
  const signedBytes = bytes.slice(0, reader.offset);
  const authBytes = reader.bytes(reader.u32("signature data length"), "signature data");
  const auth = readAuthData(new LittleEndianReader(authBytes), version);
  const length = reader.offset;
  const padding = { bytes: bytes.slice(0, length), paddingBytes: bytes.length - length };
  return { version, tee, report, signedBytes, ...auth, ...padding };
}

function readHeader(reader: LittleEndianReader): Pick<Quote, "version" | "tee"> {
  const version = reader.u16("version");
  if (version !== 3 && version !== 4 && version !== 5) {
    return refuse("QUOTE_UNSUPPORTED", `expected quote version 3, 4 or 5, got ${version}`);
  }
  const keyType = reader.u16("attestation key type");
  if (keyType !== KEY_TYPE_ECDSA_P256) {
    refuse("QUOTE_UNSUPPORTED", `expected attestation key type 2, got ${keyType}`);
  }
  const teeType = reader.u32("TEE type");
  if (teeType !== TEE_TYPE.sgx && (teeType !== TEE_TYPE.tdx || version === 3)) {
    refuse("QUOTE_UNSUPPORTED", `expected a TEE type of version ${version}, got ${teeType}`);
  }
  reader.skip(4, "security versions");
  if (!equalBytes(reader.bytes(16, "QE vendor"), INTEL_QE_VENDOR)) {
    refuse("QUOTE_UNSUPPORTED", "expected Intel's quoting enclave vendor, got another");
  }
  reader.skip(20, "user data");
  return { version, tee: teeType === TEE_TYPE.tdx ? "tdx" : "sgx" };
}

function readBody(
  reader: LittleEndianReader,
  version: number,
  tee: "sgx" | "tdx",
): SgxReport | TdReport {
  let length = tee === "sgx" ? SGX_REPORT_BYTES : TD_REPORT_10_BYTES;
  if (version === 5) {
    const number = reader.u16("body type");
    const type = BODY_TYPES[number];
    if (type === undefined || type.tee !== tee) {
      return refuse("QUOTE_MALFORMED", `expected a body of ${tee}, got body type ${number}`);
    }
    length = reader.u32("body size");
    if (length !== type.bytes) {
      refuse("QUOTE_MALFORMED", `expected a body of ${type.bytes} bytes, got ${length}`);
    }
  }
  const body = reader.bytes(length, "body");
  return tee === "sgx" ? parseSgxReport(body) : parseTdReport(body);
}

function readAuthData(reader: LittleEndianReader, version: number) {
  const signature = reader.bytes(64, "quote signature");
  const attestationKey = reader.bytes(64, "attestation key");
  let qeReader = reader;
  if (version !== 3) {
    const type = reader.u16("certification type");
    if (type !== QE_REPORT_CERTIFICATION) {
      refuse("QUOTE_UNSUPPORTED", `expected certification type 6, got ${type}`);
    }
    const size = reader.u32("certification size");
    qeReader = new LittleEndianReader(reader.bytes(size, "certification data"));
  }
  const qe = readQuotingEnclave(qeReader);
  reader.end("the signature data");
  return { signature, attestationKey, qe };
}

function readQuotingEnclave(reader: LittleEndianReader): QuotingEnclave {
  const reportBytes = reader.bytes(SGX_REPORT_BYTES, "QE report");
  const reportSignature = reader.bytes(64, "QE report signature");
  const authData = reader.bytes(reader.u16("QE auth data length"), "QE auth data");
  const certificationType = reader.u16("certification type");
  const size = reader.u32("certification size");
  const certificationData = reader.bytes(size, "certification data");
  reader.end("the QE certification");
  const certification = { authData, certificationType, certificationData };
  return { report: parseSgxReport(reportBytes), reportBytes, reportSignature, ...certification };
}
