// SPDX-License-Identifier: Apache-2.0
/**
 * Simulated quotes: the shape of remote attestation without its strength. Anybody can make one;
 * they exist so that everything around a quote can be tried and tested on any machine, and a
 * verifier refuses them unless told otherwise.
 *
 * `ZETASIM1` (8 ASCII bytes) ‖ u16 version 1 ‖ measurement 32 ‖ report data 64 ‖
 * simulation key 33 (compressed secp256k1) ‖ signature 65 over SHA-256 of all before, as in
 * docs/formats.md §4. The magic starts with 0x5a, which no version of a hardware quote does, so
 * neither can be mistaken for the other.
 */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { randomBytes } from "@noble/hashes/utils.js";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { concatBytes, equalBytes, utf8 } from "@zeta/protocol/bytes";
import { assert } from "@zeta/protocol/error";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, signBody, verifyBody } from "@zeta/protocol/signature";
import { refuse } from "./error.ts";
import { REPORT_DATA_BYTES } from "./report-data.ts";

export interface SimulationQuote {
  /** SHA-256 of the monitor's WASM module, as the producer says; 32 bytes. */
  readonly measurement: Uint8Array;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** The throw-away key that signed, 33 bytes compressed. Proves nothing about who made it. */
  readonly publicKey: Uint8Array;
}

export interface SimulationQuoteRequest {
  readonly measurement: Uint8Array;
  readonly reportData: Uint8Array;
  /** Returns `length` random bytes; the platform's secure source unless a test gives its own. */
  readonly random?: (length: number) => Uint8Array;
}

const MAGIC = utf8("ZETASIM1");
const VERSION = 1;
const BODY_BYTES = 8 + 2 + 32 + REPORT_DATA_BYTES + PUBLIC_KEY_BYTES;

/** Every simulated quote of version 1 has exactly this length. */
export const SIMULATION_QUOTE_BYTES = BODY_BYTES + SIGNATURE_BYTES;

/** Do these bytes claim to be a simulated quote? Says nothing about their validity. */
export function isSimulationQuote(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/** Makes a simulated quote, signed by a key that is forgotten at once. */
export function produceSimulationQuote(request: SimulationQuoteRequest): Uint8Array {
  const { measurement, reportData } = request;
  assert(measurement.length === 32, `expected 32 bytes of measurement, got ${measurement.length}`);
  assert(
    reportData.length === REPORT_DATA_BYTES,
    `expected ${REPORT_DATA_BYTES} bytes of report data, got ${reportData.length}`,
  );
  // 48 bytes: reduced modulo the curve's order without a noticeable bias.
  const { secretKey, publicKey } = secp256k1.keygen((request.random ?? randomBytes)(48));
  const body = new ByteWriter(SIMULATION_QUOTE_BYTES)
    .bytes(MAGIC)
    .u16(VERSION)
    .bytes(measurement)
    .bytes(reportData)
    .bytes(publicKey)
    .toBytes();
  return concatBytes(body, signBody(body, secretKey));
}

/**
 * Checks form and signature of a simulated quote and returns what it states. Throws
 * `QUOTE_MALFORMED` or `QUOTE_SIGNATURE_INVALID`. Whether simulation is acceptable at all is the
 * caller's policy.
 */
export function verifySimulationQuote(bytes: Uint8Array): SimulationQuote {
  if (bytes.length !== SIMULATION_QUOTE_BYTES) {
    refuse("QUOTE_MALFORMED", `expected ${SIMULATION_QUOTE_BYTES} bytes, got ${bytes.length}`);
  }
  if (!isSimulationQuote(bytes))
    refuse("QUOTE_MALFORMED", "expected the magic ZETASIM1, got other");
  const reader = new ByteReader(bytes, MAGIC.length);
  const version = reader.u16("version");
  if (version !== VERSION) {
    refuse("QUOTE_MALFORMED", `expected simulation quote version ${VERSION}, got ${version}`);
  }
  const measurement = reader.bytes(32, "measurement").slice();
  const reportData = reader.bytes(REPORT_DATA_BYTES, "report data").slice();
  const publicKey = reader.bytes(PUBLIC_KEY_BYTES, "simulation key").slice();
  if (!verifyBody(bytes.subarray(0, BODY_BYTES), bytes.subarray(BODY_BYTES), publicKey)) {
    refuse("QUOTE_SIGNATURE_INVALID", "expected a signature by the quote's own key, got another");
  }
  return { measurement, reportData, publicKey };
}
