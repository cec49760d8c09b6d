// SPDX-License-Identifier: Apache-2.0
/**
 * The SEV-SNP attestation report (AMD publication 56860, ATTESTATION_REPORT), versions 2 to 5:
 * always 1184 bytes.
 */

import { refuse } from "../error.ts";
import { LittleEndianReader } from "../little-endian-reader.ts";

export const SNP_REPORT_BYTES = 1184;

/** What the chip's key signs: everything before the signature. */
export const SNP_SIGNED_BYTES = 0x2a0;

export interface SnpReport {
  readonly kind: "sev-snp";
  readonly version: number;
  readonly guestSvn: number;
  /** Guest policy: see {@link SNP_POLICY}. */
  readonly policy: bigint;
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly vmpl: number;
  readonly platformInfo: bigint;
  readonly authorKeyPresent: boolean;
  /** The host hides which chip it is: CHIP_ID is zero, or the key flags say that it is masked. */
  readonly chipIdMasked: boolean;
  readonly signingKey: "vcek" | "vlek";
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  readonly reportId: Uint8Array;
  readonly reportIdMa: Uint8Array;
  /** TCB_VERSIONs as they stand: eight bytes each, decoded per product by `decodeSnpTcb`. */
  readonly currentTcb: Uint8Array;
  readonly reportedTcb: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly launchTcb: Uint8Array;
  /** Null in version 2, which has none. */
  readonly cpu: {
    readonly family: number;
    readonly model: number;
    readonly stepping: number;
  } | null;
  readonly chipId: Uint8Array;
  readonly signedBytes: Uint8Array;
  /** r ‖ s, big endian, 96 bytes. */
  readonly signature: Uint8Array;
}

export const SNP_POLICY = {
  smt: 1n << 16n,
  /** Reserved, must be one. */
  reservedOne: 1n << 17n,
  migrationAgent: 1n << 18n,
  debug: 1n << 19n,
} as const;

/** Bits of PLATFORM_INFO. */
export const SNP_PLATFORM = { smt: 1n << 0n, aliasCheckComplete: 1n << 5n } as const;

const VERSION_MIN = 2;
const VERSION_MAX = 5;
const ALGORITHM_ECDSA_P384 = 1;
const SIGNING_KEYS = ["vcek", "vlek"] as const;
/** Requested by the host and not by the guest: proves nothing about the guest's own request. */
const VMPL_HOST = 0xffff_ffff;
/** r and s stand in 72 bytes each, little endian, of which 48 matter. */
const SCALAR_FIELD_BYTES = 72;
const SCALAR_BYTES = 48;

/** Could these bytes be a SEV-SNP report? By length and version only. */
export function isSnpReport(bytes: Uint8Array): boolean {
  const [v0, v1, v2, v3] = bytes;
  const known = v0 !== undefined && v0 >= VERSION_MIN && v0 <= VERSION_MAX;
  return bytes.length === SNP_REPORT_BYTES && known && v1 === 0 && v2 === 0 && v3 === 0;
}

/** Throws `QUOTE_MALFORMED` or `QUOTE_UNSUPPORTED`. Nothing in the result is authenticated yet. */
export function parseSnpReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== SNP_REPORT_BYTES) {
    refuse("QUOTE_MALFORMED", `expected ${SNP_REPORT_BYTES} bytes of report, got ${bytes.length}`);
  }
  const reader = new LittleEndianReader(bytes);
  const { chipKeyMasked, ...head } = readHead(reader);
  const reportData = reader.bytes(64, "REPORT_DATA");
  const measurement = reader.bytes(48, "MEASUREMENT");
  const hostData = reader.bytes(32, "HOST_DATA");
  const idKeyDigest = reader.bytes(48, "ID_KEY_DIGEST");
  const authorKeyDigest = reader.bytes(48, "AUTHOR_KEY_DIGEST");
  const reportId = reader.bytes(32, "REPORT_ID");
  const reportIdMa = reader.bytes(32, "REPORT_ID_MA");
  const reportedTcb = reader.bytes(8, "REPORTED_TCB");
  const [family, model, stepping] = [
    reader.u8("family"),
    reader.u8("model"),
    reader.u8("stepping"),
  ];
  reader.skip(21, "reserved");
  const chipId = reader.bytes(64, "CHIP_ID");
  const committedTcb = reader.bytes(8, "COMMITTED_TCB");
  reader.skip(8, "firmware builds");
  const launchTcb = reader.bytes(8, "LAUNCH_TCB");
  return {
    kind: "sev-snp",
    ...head,
    ...{ reportData, measurement, hostData, idKeyDigest, authorKeyDigest, reportId, reportIdMa },
    ...{ reportedTcb, committedTcb, launchTcb, chipId },
    // MASK_CHIP_ID of SNP_CONFIG makes zeros of the id, and no flag of the report says so.
    chipIdMasked: chipKeyMasked || chipId.every((byte) => byte === 0),
    cpu: head.version >= 3 ? { family, model, stepping } : null,
    signedBytes: bytes.slice(0, SNP_SIGNED_BYTES),
    signature: readSignature(bytes.subarray(SNP_SIGNED_BYTES)),
  };
}

function readHead(reader: LittleEndianReader) {
  const version = reader.u32("version");
  if (version < VERSION_MIN || version > VERSION_MAX) {
    refuse("QUOTE_UNSUPPORTED", `expected report version 2..5, got ${version}`);
  }
  const guestSvn = reader.u32("guest SVN");
  const policy = reader.u64("guest policy");
  if ((policy & SNP_POLICY.reservedOne) === 0n) {
    refuse("QUOTE_MALFORMED", "expected bit 17 of the guest policy, got none");
  }
  const familyId = reader.bytes(16, "FAMILY_ID");
  const imageId = reader.bytes(16, "IMAGE_ID");
  const vmpl = reader.u32("VMPL");
  if (vmpl > 3) {
    const got = vmpl === VMPL_HOST ? "one the host asked for" : `VMPL ${vmpl}`;
    refuse("QUOTE_UNSUPPORTED", `expected a report the guest asked for at VMPL 0..3, got ${got}`);
  }
  const algorithm = reader.u32("signature algorithm");
  if (algorithm !== ALGORITHM_ECDSA_P384) {
    refuse("QUOTE_UNSUPPORTED", `expected signature algorithm 1, got ${algorithm}`);
  }
  const currentTcb = reader.bytes(8, "CURRENT_TCB");
  const platformInfo = reader.u64("platform info");
  const flags = reader.u32("key flags");
  reader.skip(4, "reserved");
  const signingKey = SIGNING_KEYS[(flags >> 2) & 7];
  if (signingKey === undefined) {
    return refuse("QUOTE_UNSUPPORTED", "expected a report signed by VCEK or VLEK, got another");
  }
  return {
    ...{ version, guestSvn, policy, familyId, imageId, vmpl, currentTcb, platformInfo, signingKey },
    authorKeyPresent: (flags & 1) !== 0,
    chipKeyMasked: (flags & 2) !== 0,
  };
}

/**
 * Little-endian fields with zero padding to r ‖ s big endian. Padding that is not zero would give
 * one signature many forms.
 */
function readSignature(field: Uint8Array): Uint8Array {
  const raw = new Uint8Array(2 * SCALAR_BYTES);
  for (const [index, start] of [0, SCALAR_FIELD_BYTES].entries()) {
    const scalar = field.slice(start, start + SCALAR_BYTES).reverse();
    raw.set(scalar, index * SCALAR_BYTES);
    const padding = field.subarray(start + SCALAR_BYTES, start + SCALAR_FIELD_BYTES);
    refuseNonZero(padding);
  }
  refuseNonZero(field.subarray(2 * SCALAR_FIELD_BYTES));
  return raw;
}

function refuseNonZero(padding: Uint8Array): void {
  if (padding.some((byte) => byte !== 0)) {
    refuse("QUOTE_MALFORMED", "expected zeros around the signature, got other bytes");
  }
}
