// SPDX-License-Identifier: Apache-2.0
/**
 * What AMD writes about a chip into its endorsement key certificate (extensions
 * 1.3.6.1.4.1.3704.1).
 */

import { toHex } from "@zeta/protocol/hex";
import { refuse, refusing } from "../error.ts";
import { readWhole, smallNumber, TAG, unsignedContent } from "../pki/der.ts";
import type { Certificate } from "../pki/x509.ts";
import type { SnpProduct } from "../trust-anchors.ts";
import type { SnpTcb } from "./snp-tcb.ts";

export interface VekFacts {
  readonly product: SnpProduct;
  readonly tcb: SnpTcb;
  /** Hex; null in a VLEK, which belongs to a cloud provider and to no chip. */
  readonly hardwareId: string | null;
  /** The provider a VLEK was issued to; null in a VCEK. */
  readonly provider: string | null;
}

const EXTENSION = "1.3.6.1.4.1.3704.1";
const PRODUCTS: readonly SnpProduct[] = ["Milan", "Genoa", "Turin"];

/** Bytes of a chip's id: 64, on Turin 8. */
export function hardwareIdBytes(product: SnpProduct): number {
  return product === "Turin" ? 8 : 64;
}

/** Reads the facts from a verified VCEK or VLEK. Throws `CERTIFICATE_MALFORMED`. */
export function readVekFacts(vek: Certificate): VekFacts {
  return refusing("CERTIFICATE_MALFORMED", "AMD's extensions of known form", () => {
    const product = readProduct(vek);
    const level = (suffix: string): number => readLevel(vek, suffix);
    return {
      product,
      tcb: {
        fmc: product === "Turin" ? level("3.9") : null,
        bootloader: level("3.1"),
        tee: level("3.2"),
        snp: level("3.3"),
        microcode: level("3.8"),
      },
      hardwareId: readHardwareId(vek, hardwareIdBytes(product)),
      provider: readText(vek, "5"),
    };
  });
}

function value(vek: Certificate, suffix: string): Uint8Array | null {
  return vek.extensions.get(`${EXTENSION}.${suffix}`)?.value ?? null;
}

/** `Milan-B0`, `Genoa`, ...: the product line before the stepping. */
function readProduct(vek: Certificate): SnpProduct {
  const name = readText(vek, "2") ?? "";
  const product = PRODUCTS.find((one) => name === one || name.startsWith(`${one}-`));
  return product ?? refuse("DER_MALFORMED", `expected one of ${PRODUCTS.join()}, got ${name}`);
}

function readText(vek: Certificate, suffix: string): string | null {
  const bytes = value(vek, suffix);
  if (bytes === null) return null;
  return String.fromCharCode(...readWhole(bytes, TAG.ia5String, "the text").content);
}

function readLevel(vek: Certificate, suffix: string): number {
  const bytes = value(vek, suffix);
  if (bytes === null) return refuse("DER_MALFORMED", `expected extension .${suffix}, got none`);
  const level = smallNumber(unsignedContent(readWhole(bytes, TAG.integer, "the level").content));
  if (level > 255) refuse("DER_MALFORMED", `expected a patch level of 0..255, got ${level}`);
  return level;
}

/**
 * Some certificates hold the id raw, some wrapped in an OCTET STRING. The lengths tell the two
 * apart; a first byte of 04 does not, since an id may start with it.
 */
function readHardwareId(vek: Certificate, length: number): string | null {
  const bytes = value(vek, "4");
  if (bytes === null) return null;
  if (bytes.length === length) return toHex(bytes);
  const { content } = readWhole(bytes, TAG.octetString, "the hardware id");
  if (content.length !== length) {
    refuse("DER_MALFORMED", `expected ${length} bytes of hardware id, got ${content.length}`);
  }
  return toHex(content);
}
