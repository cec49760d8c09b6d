// SPDX-License-Identifier: Apache-2.0
/**
 * The 64 bytes a TEE signs on our behalf, and what they bind (docs/formats.md §4). The last byte is
 * the layout's version:
 *
 * | version | bytes 0.. | bytes ..62 |
 * |---|---|---|
 * | 0 | compressed secp256k1 key, 33 B | zeros |
 * | 1 | Ethereum address of the key, 20 B | zeros |
 * | 2 | SHA-256 over key, instance, monitor measurement and purpose, 32 B | zeros |
 *
 * Versions 0 and 1 are what launchers in the field write: they name a key and nothing else, so
 * freshness rests on the key being fresh at each start. Ours is version 2. A match is always over
 * all 64 bytes: padding that is not zero is not a match.
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { assert } from "@zeta/protocol/error";
import { instanceIdOf } from "@zeta/protocol/instance";

/** Every TEE has exactly this room: SGX and TDX REPORTDATA, SEV-SNP REPORT_DATA. */
export const REPORT_DATA_BYTES = 64;

/**
 * What a quoted key may be used for: to sign what a service answers, or to prove batches of others.
 * A quote for one purpose is worthless for another.
 */
export type Purpose = "service" | "gateway";

export interface ReportDataBinding {
  /** Compressed secp256k1 key, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes: the one derived from the key. */
  readonly instanceId: Uint8Array;
  /** SHA-256 of the monitor's WASM module, 32 bytes. */
  readonly measurement: Uint8Array;
  readonly purpose: Purpose;
}

const REPORT_DATA_DOMAIN = "zeta.report-data.v2";

function padded(content: Uint8Array, version: number): Uint8Array {
  const out = new Uint8Array(REPORT_DATA_BYTES);
  out.set(content);
  out[REPORT_DATA_BYTES - 1] = version;
  return out;
}

function assertLength(bytes: Uint8Array, length: number, name: string): void {
  assert(bytes.length === length, `expected ${length} bytes of ${name}, got ${bytes.length}`);
}

/** Report data version 2, ours: binds the key, the instance, the monitor module and the purpose. */
export function reportDataV2(binding: ReportDataBinding): Uint8Array {
  assertLength(binding.publicKey, 33, "public key");
  assertLength(binding.instanceId, 32, "instance id");
  assertLength(binding.measurement, 32, "measurement");
  const content = new ByteWriter()
    .frame8(utf8(REPORT_DATA_DOMAIN))
    .bytes(binding.publicKey)
    .bytes(binding.instanceId)
    .bytes(binding.measurement)
    .frame8(utf8(binding.purpose));
  return padded(sha256(content.view()), 2);
}

/** A gateway's judge is whatever its TEE measures, not one module of ours: none is named. */
const NO_MONITOR = new Uint8Array(32);

/**
 * Report data version 2 for purpose `gateway`: binds the key, its instance and the purpose, and no
 * monitor module. Anybody who knows the key can compute it.
 */
export function gatewayReportData(publicKey: Uint8Array): Uint8Array {
  const instanceId = instanceIdOf(publicKey);
  return reportDataV2({ publicKey, instanceId, measurement: NO_MONITOR, purpose: "gateway" });
}

/** Report data version 0: the compressed key itself. */
export function reportDataV0(publicKey: Uint8Array): Uint8Array {
  assertLength(publicKey, 33, "public key");
  return padded(publicKey, 0);
}

/** Report data version 1: the key's Ethereum address, 20 bytes. */
export function reportDataV1(address: Uint8Array): Uint8Array {
  assertLength(address, 20, "Ethereum address");
  return padded(address, 1);
}

/**
 * The Ethereum address of a secp256k1 key (33 bytes compressed or 65 uncompressed): the last 20
 * bytes of Keccak-256 over x ‖ y. Throws what the curve library throws when the bytes are no point.
 */
export function ethereumAddressOf(publicKey: Uint8Array): Uint8Array {
  const uncompressed = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return keccak_256(uncompressed.subarray(1)).slice(12);
}

/**
 * Do these 64 bytes bind this key for purpose `gateway`? False as well for 33 bytes that are no
 * point of the curve: they are nobody's key.
 */
export function bindsGateway(reportData: Uint8Array, publicKey: Uint8Array): boolean {
  return addressOrNull(publicKey) !== null && equalBytes(reportData, gatewayReportData(publicKey));
}

/**
 * Do these 64 bytes name this key in one of the layouts without a purpose: its Ethereum address
 * (version 1) or itself (version 0)? False as well for 33 bytes that are no point of the curve.
 */
export function namesKey(reportData: Uint8Array, publicKey: Uint8Array): boolean {
  const address = addressOrNull(publicKey);
  if (address === null) return false;
  return (
    equalBytes(reportData, reportDataV1(address)) || equalBytes(reportData, reportDataV0(publicKey))
  );
}

function addressOrNull(publicKey: Uint8Array): Uint8Array | null {
  try {
    return ethereumAddressOf(publicKey);
  } catch {
    return null;
  }
}

/** What a relying party expects the report data to bind, in one of the three layouts. */
export type ExpectedReportData =
  | { readonly version: 0; readonly publicKey: Uint8Array }
  | { readonly version: 1; readonly address: Uint8Array }
  | ({ readonly version: 2 } & ReportDataBinding);

/** Does the report data say exactly this, over all 64 bytes? */
export function matchReportData(reportData: Uint8Array, expected: ExpectedReportData): boolean {
  return equalBytes(reportData, expectedBytes(expected));
}

function expectedBytes(expected: ExpectedReportData): Uint8Array {
  switch (expected.version) {
    case 0:
      return reportDataV0(expected.publicKey);
    case 1:
      return reportDataV1(expected.address);
    case 2:
      return reportDataV2(expected);
  }
}
