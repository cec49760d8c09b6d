// SPDX-License-Identifier: Apache-2.0
/**
 * The signature algorithms of Intel's and AMD's chains, over two interchangeable implementations:
 * WebCrypto where the platform offers it (Node, browsers in a secure context), pure JavaScript
 * elsewhere. Both answer alike; tests hold them together.
 */

import { p256, p384 } from "@noble/curves/nist.js";
import type { PublicKey } from "./public-key.ts";
import { verifyPssSha384 } from "./rsa-pss.ts";

/**
 * ECDSA with the curve's hash (SHA-256 or SHA-384), or RSASSA-PSS with SHA-384, MGF1-SHA-384 and 48
 * bytes of salt.
 */
export interface SignatureChecker {
  readonly name: string;
  /**
   * Is `signature` (ECDSA: r ‖ s big endian, of the curve's size; RSA: of the modulus' size) the
   * key's over `message`? False, never an error, for a key or signature that is out of range.
   */
  verify(key: PublicKey, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
}

const EC_HASH = { "P-256": "SHA-256", "P-384": "SHA-384" } as const;
const EC_LIBRARY = { "P-256": p256, "P-384": p384 } as const;

/** SHA-384 makes the salt of AMD's signatures. */
const PSS_SALT_BYTES = 48;

/** The platform's own cryptography. */
export const webCryptoChecker: SignatureChecker = {
  name: "webcrypto",
  async verify(key, signature, message) {
    const { subtle } = globalThis.crypto;
    // Copies: WebCrypto wants plain buffers, and what is checked must not change while it works.
    const signed = Uint8Array.from(message);
    const given = Uint8Array.from(signature);
    try {
      if (key.kind === "ec") {
        const algorithm = { name: "ECDSA", namedCurve: key.curve };
        const point = Uint8Array.from(key.point);
        const imported = await subtle.importKey("raw", point, algorithm, false, ["verify"]);
        const how = { name: "ECDSA", hash: EC_HASH[key.curve] };
        return await subtle.verify(how, imported, given, signed);
      }
      // RFC 8017 §8.1.2, step 1. OpenSSL takes a signature without its leading zero byte, so Node's WebCrypto does.
      if (given.length !== key.modulus.length) return false;
      const algorithm = { name: "RSA-PSS", hash: "SHA-384" };
      const spki = Uint8Array.from(key.spki);
      const imported = await subtle.importKey("spki", spki, algorithm, false, ["verify"]);
      const how = { name: "RSA-PSS", saltLength: PSS_SALT_BYTES };
      return await subtle.verify(how, imported, given, signed);
    } catch {
      // A point off the curve or a key out of range: such a key signs nothing.
      return false;
    }
  },
};

/** The same without the platform: slower, and everywhere. */
export const pureChecker: SignatureChecker = {
  name: "pure",
  async verify(key, signature, message) {
    try {
      if (key.kind === "rsa") return verifyPssSha384(key, signature, message);
      // lowS: X.509 and quotes allow either s. The library hashes with the curve's hash.
      return EC_LIBRARY[key.curve].verify(signature, message, key.point, { lowS: false });
    } catch {
      // The library throws for points and scalars out of range.
      return false;
    }
  },
};

/**
 * WebCrypto if the platform has it here (browsers hide it on insecure origins), else the pure one.
 */
export function platformChecker(): SignatureChecker {
  return globalThis.crypto?.subtle === undefined ? pureChecker : webCryptoChecker;
}
