// SPDX-License-Identifier: Apache-2.0
/** Signatures of callers: Ed25519 (RFC 8032), because browsers, `openssl` and hardware keys have it. */
import { ed25519 } from "@noble/curves/ed25519.js";

/** The public key of 32 secret bytes. */
export function callerKey(secretKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(secretKey);
}

/** 64 bytes, always the same for the same message. */
export function signCallMessage(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return ed25519.sign(message, secretKey);
}

/** Is it `publicKey`'s signature of `message`? False for whatever is no key or no signature. */
export function verifyCallMessage(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
