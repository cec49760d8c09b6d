// SPDX-License-Identifier: Apache-2.0
/**
 * Signatures as the zkSync provers make them: over the 32-byte root itself, taken as the digest; no hash, no prefix, no domain. Only
 * for `compat: zksync`; {@link encodeProofStatement} says why not otherwise.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";

/** r ‖ s ‖ v with v = 27 + recovery id ("Electrum"), since February 2025. */
export const LEGACY_SIGNATURE_BYTES = 65;

/** r ‖ s, before. */
export const LEGACY_COMPACT_SIGNATURE_BYTES = 64;

const RECOVERY_OFFSET = 27;

/** Signs a 32-byte root: deterministic (RFC 6979), low s, 65 bytes. */
export function signLegacyRoot(root: Uint8Array, secretKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const recovered = secp256k1.sign(root, secretKey, { format: "recovered", prehash: false });
  // noble puts the recovery id first.
  const signature = new Uint8Array(LEGACY_SIGNATURE_BYTES);
  signature.set(recovered.subarray(1), 0);
  signature[LEGACY_SIGNATURE_BYTES - 1] = RECOVERY_OFFSET + (recovered[0] ?? 0);
  return signature;
}

/**
 * Is it this key's signature of the root? 65 bytes must recover to the key; 64 bytes, which do not say which of the possible signers
 * it was, must be one of this key. High s is refused: a signature has one encoding.
 */
export function verifyLegacyRoot(
  root: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length === LEGACY_SIGNATURE_BYTES) {
    const signer = recoverLegacySigner(root, signature);
    return signer?.every((byte, i) => byte === publicKey[i]) ?? false;
  }
  if (signature.length !== LEGACY_COMPACT_SIGNATURE_BYTES) return false;
  try {
    return secp256k1.verify(signature, root, publicKey, { prehash: false, lowS: true });
  } catch {
    return false;
  }
}

/** The compressed key that made a 65-byte signature, or null when it is none. */
export function recoverLegacySigner(
  root: Uint8Array,
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> | null {
  const recoveryId = (signature[LEGACY_SIGNATURE_BYTES - 1] ?? 0) - RECOVERY_OFFSET;
  if (signature.length !== LEGACY_SIGNATURE_BYTES || recoveryId < 0 || recoveryId > 3) return null;
  const recovered = Uint8Array.of(recoveryId, ...signature.subarray(0, 64));
  try {
    const parsed = secp256k1.Signature.fromBytes(recovered, "recovered");
    if (parsed.hasHighS()) return null;
    return parsed.recoverPublicKey(root).toBytes(true) as Uint8Array<ArrayBuffer>;
  } catch {
    // r or s out of range, or no point with this x.
    return null;
  }
}
