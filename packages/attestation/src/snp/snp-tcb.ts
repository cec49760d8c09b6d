// SPDX-License-Identifier: Apache-2.0
/** TCB_VERSION of AMD: eight bytes whose meaning depends on the product line. */

import type { SnpProduct } from "../trust-anchors.ts";

/** Security patch levels, 0..255. `fmc` exists on Turin only and is null elsewhere. */
export interface SnpTcb {
  readonly fmc: number | null;
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

export const SNP_TCB_PARTS = ["fmc", "bootloader", "tee", "snp", "microcode"] as const;

/** Decodes the eight bytes as they stand in the report. */
export function decodeSnpTcb(bytes: Uint8Array, product: SnpProduct): SnpTcb {
  const at = (index: number): number => bytes[index] ?? 0;
  if (product === "Turin") {
    return { fmc: at(0), bootloader: at(1), tee: at(2), snp: at(3), microcode: at(7) };
  }
  return { fmc: null, bootloader: at(0), tee: at(1), snp: at(6), microcode: at(7) };
}

/**
 * Is every part of `have` at least that of `need`? Versions are compared part by part, never as one
 * number.
 */
export function reachesTcb(have: SnpTcb, need: SnpTcb): boolean {
  return SNP_TCB_PARTS.every((part) => (have[part] ?? 0) >= (need[part] ?? 0));
}
