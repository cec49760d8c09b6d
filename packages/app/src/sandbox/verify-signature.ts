// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from "node:crypto";
import { CALLER_KEY_BYTES } from "@zeta/protocol/call-message";

/** `verifyCallMessage` of the protocol by the engine's own cryptography, in a tenth of the time. */
export function verifySignature(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (publicKey.length !== CALLER_KEY_BYTES) return false;
  try {
    // As a JWK, because the engine takes ten times as long to decode DER.
    const x = Buffer.from(publicKey).toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
