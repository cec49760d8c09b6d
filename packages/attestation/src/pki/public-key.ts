// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";

/** The kinds of key in Intel's (P-256) and AMD's (RSA, P-384) chains. */
export type PublicKey = EcKey | RsaKey;

export type Curve = "P-256" | "P-384";

export interface EcKey {
  readonly kind: "ec";
  readonly curve: Curve;
  /** 04 ‖ x ‖ y. */
  readonly point: Uint8Array;
}

export interface RsaKey {
  readonly kind: "rsa";
  /** Big endian, no leading zero. */
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  /** The whole SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

/** Bytes of a coordinate, and of r and s of a signature. */
export const SCALAR_BYTES: Readonly<Record<Curve, number>> = { "P-256": 32, "P-384": 48 };

export function equalKeys(a: PublicKey, b: PublicKey): boolean {
  if (a.kind === "ec" && b.kind === "ec")
    return a.curve === b.curve && equalBytes(a.point, b.point);
  return a.kind === "rsa" && b.kind === "rsa" && equalBytes(a.spki, b.spki);
}
