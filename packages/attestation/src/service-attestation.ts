// SPDX-License-Identifier: Apache-2.0
/**
 * The document a Zeta service serves about itself: its signing key, and the quote that binds the
 * key to the code that holds it. Everything in the document comes from the service, which is not
 * trusted; {@link verifyServiceAttestation} is what a client does before it believes any
 * certificate.
 */

import { fromHex, toHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { PUBLIC_KEY_BYTES } from "@zeta/protocol/signature";
import { refuse } from "./error.ts";
import { CERTIFICATE_TABLE_BYTES_MAX, QUOTE_BYTES_MAX } from "./limits.ts";
import { TEES, type Tee } from "./tee.ts";

export interface ServiceAttestation {
  readonly tee: Tee;
  readonly quote: Uint8Array;
  /** The instance's signing key, compressed secp256k1, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; must be the one derived from the key. */
  readonly instanceId: Uint8Array;
  /** SHA-256 of the monitor's WASM module, 32 bytes. */
  readonly measurement: Uint8Array;
  /** 1..64 printable ASCII characters. */
  readonly serviceId: string;
  readonly profile: "bytes";
  /**
   * SEV-SNP: the table of certificates that the host put beside the report, as it stood there; left
   * out where there is none. Worth nothing until it leads to AMD's keys.
   */
  readonly certificates?: Uint8Array;
}

/** The same in JSON: bytes as lower-case hex without prefix. Exactly these members. */
export interface ServiceAttestationJson {
  readonly format: typeof FORMAT;
  readonly tee: Tee;
  readonly quote: string;
  readonly publicKey: string;
  readonly instanceId: string;
  readonly measurement: string;
  readonly serviceId: string;
  readonly profile: "bytes";
  readonly certificates?: string;
}

const FORMAT = "zeta.attestation.v1";

const MEMBERS = [
  "format",
  "instanceId",
  "measurement",
  "profile",
  "publicKey",
  "quote",
  "serviceId",
  "tee",
];
/** As in every signed statement: printable ASCII without space. */
const SERVICE_ID = /^[!-~]{1,64}$/;

/** The JSON form of a document. */
export function serviceAttestationToJson(document: ServiceAttestation): ServiceAttestationJson {
  return {
    format: FORMAT,
    tee: document.tee,
    quote: toHex(document.quote),
    publicKey: toHex(document.publicKey),
    instanceId: toHex(document.instanceId),
    measurement: toHex(document.measurement),
    serviceId: document.serviceId,
    profile: document.profile,
    ...(document.certificates === undefined ? {} : { certificates: toHex(document.certificates) }),
  };
}

/**
 * Reads a parsed JSON value strictly: exactly the members of {@link ServiceAttestationJson}, exact
 * lengths, lower-case hex. Throws `DOCUMENT_MALFORMED` or `QUOTE_TOO_LARGE`. Proves nothing yet:
 * see {@link verifyServiceAttestation}.
 */
export function serviceAttestationFromJson(json: unknown): ServiceAttestation {
  const object = asObject(json);
  const members = Object.keys(object)
    .filter((name) => name !== "certificates")
    .sort();
  if (members.join() !== MEMBERS.join()) {
    refuse("DOCUMENT_MALFORMED", `expected the members ${MEMBERS.join()}, got ${shown(members)}`);
  }
  const tee = asString(object, "tee");
  if (!isTee(tee))
    refuse("DOCUMENT_MALFORMED", `expected tee ${TEES.join("|")}, got ${shown(tee)}`);
  expectText(object, "format", FORMAT);
  expectText(object, "profile", "bytes");
  const serviceId = asString(object, "serviceId");
  if (!SERVICE_ID.test(serviceId)) {
    refuse("DOCUMENT_MALFORMED", `expected 1..64 ASCII characters, got ${shown(serviceId)}`);
  }
  return {
    tee,
    quote: cappedBytes(object, "quote", QUOTE_BYTES_MAX),
    publicKey: fixedBytes(object, "publicKey", PUBLIC_KEY_BYTES),
    instanceId: fixedBytes(object, "instanceId", DIGEST_BYTES),
    measurement: fixedBytes(object, "measurement", DIGEST_BYTES),
    serviceId,
    profile: "bytes",
    ...(object.certificates === undefined
      ? {}
      : { certificates: cappedBytes(object, "certificates", CERTIFICATE_TABLE_BYTES_MAX) }),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function isTee(text: string): text is Tee {
  return (TEES as readonly string[]).includes(text);
}

function asObject(json: unknown): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    refuse("DOCUMENT_MALFORMED", "expected a JSON object, got another JSON value");
  }
  return json as JsonObject;
}

function asString(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string") {
    refuse("DOCUMENT_MALFORMED", `expected a string as ${name}, got ${typeof value}`);
  }
  return value;
}

function expectText(object: JsonObject, name: string, expected: string): void {
  const text = asString(object, name);
  if (text !== expected) {
    refuse("DOCUMENT_MALFORMED", `expected ${name} ${expected}, got ${shown(text)}`);
  }
}

function fixedBytes(object: JsonObject, name: string, length: number): Uint8Array {
  const hex = asString(object, name);
  if (hex.length !== 2 * length || !/^[0-9a-f]*$/.test(hex)) {
    refuse("DOCUMENT_MALFORMED", `expected ${length} bytes of lower-case hex as ${name}`);
  }
  return fromHex(hex);
}

function cappedBytes(object: JsonObject, name: string, max: number): Uint8Array {
  const hex = asString(object, name);
  if (hex.length > 2 * max) {
    refuse("QUOTE_TOO_LARGE", `expected at most ${max} bytes of ${name}, got ${hex.length / 2}`);
  }
  if (hex.length === 0 || hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    refuse("DOCUMENT_MALFORMED", `expected lower-case hex of whole bytes as ${name}`);
  }
  return fromHex(hex);
}

/** Foreign text in a message: short, and quoted so that control characters stay visible. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}
