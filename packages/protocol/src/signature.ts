// SPDX-License-Identifier: Apache-2.0
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "./digest.ts";
import { assert } from "./error.ts";

/** r (32) ‖ s (32) ‖ v, v = 27 + recovery id. */
export const SIGNATURE_BYTES = 65;

/** Compressed secp256k1 public key. */
export const PUBLIC_KEY_BYTES = 33;

const RECOVERY_OFFSET = 27;

/** Signs SHA-256(body): deterministic (RFC 6979), low s, 65 bytes. */
export function signBody(body: Uint8Array, secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  // noble puts the recovery id first; our form, like Ethereum's, has it last.
  const recovered = secp256k1.sign(sha256(body), secretKey, {
    format: "recovered",
    prehash: false,
  });
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(recovered.subarray(1), 0);
  signature[SIGNATURE_BYTES - 1] = RECOVERY_OFFSET + (recovered[0] ?? 0);
  return signature;
}

/** Is it `publicKey`'s signature of `body`? The recovery byte must be the right one too: a signature has one encoding. */
export function verifyBody(
  body: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  const signer = recoverSigner(body, signature);
  return (
    signer !== null &&
    signer.length === publicKey.length &&
    signer.every((byte, i) => byte === publicKey[i])
  );
}

/** The compressed public key that made this signature, or null if it is none (wrong length, high s, no point). */
export function recoverSigner(
  body: Uint8Array,
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> | null {
  const recoveryId = (signature[SIGNATURE_BYTES - 1] ?? 0) - RECOVERY_OFFSET;
  if (signature.length !== SIGNATURE_BYTES || recoveryId < 0 || recoveryId > 3) return null;
  const recovered = new Uint8Array(SIGNATURE_BYTES);
  recovered[0] = recoveryId;
  recovered.set(signature.subarray(0, SIGNATURE_BYTES - 1), 1);
  try {
    const parsed = secp256k1.Signature.fromBytes(recovered, "recovered");
    if (parsed.hasHighS()) return null;
    return parsed.recoverPublicKey(sha256(body)).toBytes(true) as Uint8Array<ArrayBuffer>;
  } catch {
    // r or s out of range, or no curve point with this x: simply no signature.
    return null;
  }
}

/** The compressed public key of a secret key. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const publicKey = secp256k1.getPublicKey(secretKey, true);
  assert(publicKey.length === PUBLIC_KEY_BYTES, "a compressed public key");
  return publicKey as Uint8Array<ArrayBuffer>;
}
