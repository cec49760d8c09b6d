// SPDX-License-Identifier: Apache-2.0
/**
 * Certificates and revocation lists of our own making, right by default and wrong wherever a test
 * asks.
 */

import { p256, p384 } from "@noble/curves/nist.js";

import { fromHex } from "@zeta/protocol/hex";
import type { PublicKey } from "../../src/pki/public-key.ts";
import {
  bits,
  boolean,
  der,
  integer,
  name,
  octets,
  oid,
  raw,
  sequence,
  unsigned,
  utcTime,
} from "./der-writer.ts";

export const YEAR = 365 * 86_400_000;

export interface TestKey {
  readonly algorithm: "P-256" | "P-384" | "RSA-PSS";
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly publicKey: PublicKey;
  /** In the form X.509 wants. */
  sign(message: Uint8Array): Uint8Array;
  /** EC only: r ‖ s. */
  signRaw(message: Uint8Array): Uint8Array;
}

const ALGORITHM_ID = {
  "P-256": raw("300a06082a8648ce3d040302"),
  "P-384": raw("300a06082a8648ce3d040303"),
  "RSA-PSS": raw(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130",
  ),
} as const;

const SPKI_HEAD = {
  "P-256": raw("301306072a8648ce3d020106082a8648ce3d030107"),
  "P-384": raw("301006072a8648ce3d020106052b81040022"),
} as const;

export function ecKey(curve: "P-256" | "P-384", seed: Uint8Array): TestKey {
  const library = curve === "P-256" ? p256 : p384;
  const { secretKey } = library.keygen(seed);
  const point = library.getPublicKey(secretKey, false);
  const signRaw = (message: Uint8Array): Uint8Array =>
    library.sign(message, secretKey, { lowS: false });
  return {
    algorithm: curve,
    spki: sequence(SPKI_HEAD[curve], bits(point)),
    publicKey: { kind: "ec", curve, point },
    signRaw,
    sign: (message) => ecdsaDer(signRaw(message)),
  };
}

function ecdsaDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return sequence(unsigned(signature.subarray(0, half)), unsigned(signature.subarray(half)));
}

export interface CertificateRequest {
  readonly subject: string;
  readonly issuer: string;
  readonly key: TestKey;
  readonly signer: TestKey;
  readonly serial?: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly authority?: boolean;
  readonly pathLength?: number;
  /** Key usage byte: 0x06 = may sign certificates and lists. Left out for leaves. */
  readonly usage?: number;
  readonly extensions?: readonly Uint8Array[];
}

export function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

export function certificate(request: CertificateRequest): Uint8Array {
  const { authority = false, pathLength, usage } = request;
  const constraints = sequence(
    ...(authority ? [boolean(true)] : []),
    ...(pathLength === undefined ? [] : [integer(pathLength)]),
  );
  const extensions = [
    extension("2.5.29.19", constraints, true),
    ...(usage === undefined
      ? []
      : [extension("2.5.29.15", der(0x03, Uint8Array.of(1, usage)), true)]),
    ...(request.extensions ?? []),
  ];
  const algorithm = ALGORITHM_ID[request.signer.algorithm];
  const body = sequence(
    der(0xa0, integer(2)),
    unsigned(request.serial ?? Uint8Array.of(1)),
    algorithm,
    name(request.issuer),
    sequence(utcTime(request.notBefore), utcTime(request.notAfter)),
    name(request.subject),
    request.key.spki,
    der(0xa3, sequence(...extensions)),
  );
  return sequence(body, algorithm, bits(request.signer.sign(body)));
}

export interface ListRequest {
  readonly issuer: string;
  readonly signer: TestKey;
  readonly thisUpdate: number;
  /** Null: none, which makes the list malformed. */
  readonly nextUpdate: number | null;
  readonly revoked?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
}

export function revocationList(request: ListRequest): Uint8Array {
  const { revoked = [], extensions = [] } = request;
  const algorithm = ALGORITHM_ID[request.signer.algorithm];
  const entries = revoked.map((serial) => sequence(unsigned(serial), utcTime(request.thisUpdate)));
  const body = sequence(
    integer(1),
    algorithm,
    name(request.issuer),
    utcTime(request.thisUpdate),
    ...(request.nextUpdate === null ? [] : [utcTime(request.nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [der(0xa0, sequence(...extensions))]),
  );
  return sequence(body, algorithm, bits(request.signer.sign(body)));
}

export function pem(...certificates: readonly Uint8Array[]): string {
  const blocks = certificates.map((bytes) => {
    const lines =
      Buffer.from(bytes)
        .toString("base64")
        .match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  });
  return blocks.join("");
}

/** The SGX extension of a PCK certificate. */
export function sgxExtension(platform: {
  readonly fmspc: string;
  readonly pceId: string;
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
}): Uint8Array {
  const base = "1.2.840.113741.1.13.1";
  const field = (suffix: string, value: Uint8Array): Uint8Array =>
    sequence(oid(`${base}.${suffix}`), value);
  const components = platform.componentSvns.map((svn, index) =>
    field(`2.${index + 1}`, integer(svn)),
  );
  const tcb = sequence(
    ...components,
    field("2.17", integer(platform.pceSvn)),
    field("2.18", octets(Uint8Array.from(platform.componentSvns))),
  );
  const content = sequence(
    field("1", octets(new Uint8Array(16).fill(0xab))),
    field("2", tcb),
    field("3", octets(fromHex(platform.pceId))),
    field("4", octets(fromHex(platform.fmspc))),
    field("5", der(0x0a, Uint8Array.of(0))),
  );
  return extension(base, content);
}
