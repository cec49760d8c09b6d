// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify } from "node:crypto";
import { CALLER_KEY_BYTES } from "@zeta/protocol/call-message";
import { toHex } from "@zeta/protocol/hex";

/** y of the points of small order, little endian: for such a key anybody can write down a signature, and OpenSSL takes it. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** `verifyCallMessage` of the protocol by the engine's own cryptography, which is faster. */
export function verifySignature(
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (publicKey.length !== CALLER_KEY_BYTES || !canBeSomebodys(publicKey)) return false;
  try {
    // As a JWK, because the engine is slower to decode DER.
    const x = Buffer.from(publicKey).toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** Is y, which stands without the sign of x, below the field's order 2^255 - 19, and not that of a point of small order? */
function canBeSomebodys(publicKey: Uint8Array): boolean {
  const y = publicKey.slice();
  y[31] = (y[31] as number) & 0x7f;
  const isLarge = y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);
  if (isLarge && (y[0] as number) >= 0xed) return false;
  return !SMALL_ORDER.has(toHex(y));
}
