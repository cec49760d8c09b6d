// SPDX-License-Identifier: Apache-2.0
/**
 * X.509 v3 certificates (RFC 5280) as far as Intel's and AMD's chains use them. Algorithm
 * identifiers are compared as whole byte strings: what is not one of these few is refused, so no
 * parameter can be reinterpreted.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { refuse, refusing } from "../error.ts";
import { contextTag, DerReader, readWhole, TAG } from "./der.ts";
import { type Curve, type PublicKey, SCALAR_BYTES } from "./public-key.ts";

export interface Extension {
  readonly critical: boolean;
  /** What stands inside the extension's OCTET STRING. */
  readonly value: Uint8Array;
}

/**
 * Something signed in X.509 manner: the exact bytes, and the signature in the form {@link
 * SignatureChecker} takes.
 */
export interface Signed {
  readonly signedBytes: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

export type SignatureAlgorithm = Curve | "RSA-PSS";

export interface Certificate extends Signed {
  readonly der: Uint8Array;
  /** Hex of the serial number as an unsigned integer without leading zero bytes. */
  readonly serial: string;
  /** Names as encoded: compared byte by byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** The one common name of the subject, printable ASCII; empty if there is no such one. */
  readonly commonName: string;
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKey;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly isAuthority: boolean;
  /** Most certificates below this one that are themselves authorities; null when unlimited. */
  readonly pathLength: number | null;
  /** Key usage: may sign certificates, may sign revocation lists. */
  readonly mayCertify: boolean;
  readonly mayRevoke: boolean;
}

/** Far above real ones (AMD's are under 2 KiB). */
const CERTIFICATE_BYTES_MAX = 16_384;
const EXTENSIONS_MAX = 64;

const SIGNATURE_ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = {
  // ecdsa-with-SHA256, ecdsa-with-SHA384: no parameters.
  "300a06082a8648ce3d040302": "P-256",
  "300a06082a8648ce3d040303": "P-384",
  // RSASSA-PSS, SHA-384, MGF1 with SHA-384, salt 48; AMD writes it with and without the default
  // trailer field.
  "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130":
    "RSA-PSS",
  "304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101":
    "RSA-PSS",
};

const KEY_ALGORITHMS: Readonly<Record<string, Curve | "RSA">> = {
  "301306072a8648ce3d020106082a8648ce3d030107": "P-256",
  "301006072a8648ce3d020106052b81040022": "P-384",
  "300d06092a864886f70d0101010500": "RSA",
};

const OID = {
  commonName: "2.5.4.3",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
} as const;

/**
 * Parses one certificate. Throws `CERTIFICATE_MALFORMED`; a critical extension that is not
 * understood is malformed too.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE_BYTES_MAX) {
    refuse("CERTIFICATE_MALFORMED", `expected at most ${CERTIFICATE_BYTES_MAX} bytes`);
  }
  return refusing("CERTIFICATE_MALFORMED", "a certificate in DER", () => {
    const { content } = readWhole(der, TAG.sequence, "the certificate");
    const { body, signed, algorithmId } = readSigned(content);
    return { der, ...signed, ...readBody(body, algorithmId) };
  });
}

/** SEQUENCE { body, algorithm, signature }, the frame of certificates and CRLs. */
export function readSigned(content: Uint8Array): {
  body: Uint8Array;
  signed: Signed;
  algorithmId: Uint8Array;
} {
  const outer = new DerReader(content);
  const body = outer.element(TAG.sequence);
  const algorithmId = outer.element(TAG.sequence).whole;
  const algorithm = SIGNATURE_ALGORITHMS[toHex(algorithmId)];
  if (algorithm === undefined) {
    return refuse("DER_MALFORMED", "expected ECDSA or RSASSA-PSS with SHA-384, got another");
  }
  const bits = outer.bitString();
  outer.end("the signed structure");
  const signature = algorithm === "RSA-PSS" ? bits : rawEcdsa(bits, algorithm);
  return {
    body: body.content,
    signed: { signedBytes: body.whole, algorithm, signature },
    algorithmId,
  };
}

/** SEQUENCE { r, s } to r ‖ s of fixed size. */
function rawEcdsa(der: Uint8Array, curve: Curve): Uint8Array {
  const size = SCALAR_BYTES[curve];
  const reader = new DerReader(readWhole(der, TAG.sequence, "the signature").content);
  const raw = new Uint8Array(2 * size);
  for (const end of [size, 2 * size]) {
    const scalar = reader.unsignedBytes();
    if (scalar.length > size) refuse("DER_MALFORMED", `expected ${size} bytes of r or s, got more`);
    raw.set(scalar, end - scalar.length);
  }
  reader.end("the signature");
  return raw;
}

function readBody(body: Uint8Array, outerAlgorithmId: Uint8Array) {
  const reader = new DerReader(body);
  const version = reader.enter(contextTag(0));
  if (version.smallInteger() !== 2) refuse("DER_MALFORMED", "expected X.509 version 3");
  version.end("the version");
  const serial = toHex(reader.unsignedBytes());
  if (!equalBytes(reader.element(TAG.sequence).whole, outerAlgorithmId)) {
    refuse("DER_MALFORMED", "expected the same signature algorithm inside and outside");
  }
  const issuer = reader.element(TAG.sequence).whole;
  const validity = reader.enter();
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.end("the validity");
  const subject = reader.element(TAG.sequence);
  const publicKey = readPublicKey(reader.element(TAG.sequence).whole);
  const extensions = readExtensions(reader.enter(contextTag(3)));
  reader.end("the certificate body");
  const names = { issuer, subject: subject.whole, commonName: readCommonName(subject.content) };
  return {
    serial,
    ...names,
    notBefore,
    notAfter,
    publicKey,
    extensions,
    ...readAuthority(extensions),
  };
}

/** SubjectPublicKeyInfo of a P-256, P-384 or RSA key. */
export function readPublicKey(spki: Uint8Array): PublicKey {
  const reader = new DerReader(readWhole(spki, TAG.sequence, "the key").content);
  const algorithm = KEY_ALGORITHMS[toHex(reader.element(TAG.sequence).whole)];
  const bits = reader.bitString();
  reader.end("the key");
  if (algorithm === undefined) return refuse("DER_MALFORMED", "expected a P-256, P-384 or RSA key");
  if (algorithm === "RSA") {
    const numbers = new DerReader(readWhole(bits, TAG.sequence, "the RSA key").content);
    const modulus = numbers.unsignedBytes();
    const exponent = numbers.unsignedBytes();
    numbers.end("the RSA key");
    // 65537 is what AMD uses; a large exponent would only serve to slow us down.
    if (toHex(exponent) !== "010001") refuse("DER_MALFORMED", "expected the exponent 65537");
    return { kind: "rsa", modulus, exponent, spki };
  }
  if (bits.length !== 1 + 2 * SCALAR_BYTES[algorithm] || bits[0] !== 4) {
    refuse("DER_MALFORMED", `expected an uncompressed point of ${algorithm}`);
  }
  return { kind: "ec", curve: algorithm, point: bits };
}

/** Extensions by OID; each at most once. */
export function readExtensions(wrapper: DerReader): Map<string, Extension> {
  const list = wrapper.enter();
  wrapper.end("the extensions");
  const extensions = new Map<string, Extension>();
  while (!list.done) {
    const entry = list.enter();
    const oid = entry.oid();
    const critical = entry.nextIs(TAG.boolean) ? entry.boolean() : false;
    const value = entry.octetString();
    entry.end("the extension");
    if (extensions.has(oid) || extensions.size === EXTENSIONS_MAX) {
      refuse("DER_MALFORMED", `expected extension ${oid} once, got it again`);
    }
    extensions.set(oid, { critical, value });
  }
  return extensions;
}

const UNDERSTOOD: readonly string[] = [OID.basicConstraints, OID.keyUsage];

function readAuthority(extensions: ReadonlyMap<string, Extension>) {
  for (const [oid, { critical }] of extensions) {
    if (critical && !UNDERSTOOD.includes(oid)) {
      refuse("DER_MALFORMED", `expected no critical extension but the known ones, got ${oid}`);
    }
  }
  const constraints = extensions.get(OID.basicConstraints);
  const usage = extensions.get(OID.keyUsage);
  return {
    ...(constraints
      ? readConstraints(constraints.value)
      : { isAuthority: false, pathLength: null }),
    mayCertify: usage !== undefined && readUsage(usage.value, KEY_CERT_SIGN),
    mayRevoke: usage !== undefined && readUsage(usage.value, CRL_SIGN),
  };
}

function readConstraints(value: Uint8Array): { isAuthority: boolean; pathLength: number | null } {
  const reader = new DerReader(readWhole(value, TAG.sequence, "basic constraints").content);
  const isAuthority = reader.nextIs(TAG.boolean) ? reader.boolean() : false;
  const pathLength = reader.nextIs(TAG.integer) ? reader.smallInteger() : null;
  reader.end("basic constraints");
  return { isAuthority, pathLength };
}

/** Bits 5 and 6 of KeyUsage, counted from the most significant (RFC 5280 §4.2.1.3). */
const KEY_CERT_SIGN = 0x04;
const CRL_SIGN = 0x02;

function readUsage(value: Uint8Array, bit: number): boolean {
  const { content } = readWhole(value, TAG.bitString, "key usage");
  return ((content[1] ?? 0) & bit) !== 0;
}

function readCommonName(subject: Uint8Array): string {
  const reader = new DerReader(subject);
  const found: string[] = [];
  while (!reader.done) {
    const set = reader.enter(TAG.set);
    while (!set.done) {
      const attribute = set.enter();
      const oid = attribute.oid();
      const value = attribute.any().content;
      attribute.end("the name's attribute");
      if (oid === OID.commonName) found.push(new TextDecoder().decode(value));
    }
  }
  const [name = ""] = found.length === 1 ? found : [];
  // Names end up in messages on terminals: control characters of a forger's choice must not.
  return /^[ -~]{1,64}$/.test(name) ? name : "";
}
