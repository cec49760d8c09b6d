// SPDX-License-Identifier: Apache-2.0
/**
 * The keys that hardware evidence must lead to. Keys are pinned, never names: a test root carries
 * the same names as Intel's.
 */

import { fromHex } from "@zeta/protocol/hex";
import type { PublicKey } from "./pki/public-key.ts";

/** A product line of AMD's: each has a root of its own. */
export type SnpProduct = "Milan" | "Genoa" | "Turin";

export interface TrustAnchors {
  readonly intel: readonly PublicKey[];
  /** SHA-256 of the SubjectPublicKeyInfo of each product's root (ARK), hex. */
  readonly amd: Readonly<Record<SnpProduct, readonly string[]>>;
}

/** Intel SGX Root CA (2018-05-21 .. 2049-12-31), P-256, uncompressed. */
const INTEL_SGX_ROOT =
  "040ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5" +
  "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";

export const TRUST_ANCHORS: TrustAnchors = Object.freeze({
  intel: [{ kind: "ec", curve: "P-256", point: fromHex(INTEL_SGX_ROOT) }],
  amd: {
    Milan: ["9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"],
    Genoa: ["429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"],
    Turin: ["4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"],
  },
} satisfies TrustAnchors);
