// SPDX-License-Identifier: Apache-2.0
import type { SnpProduct } from "../trust-anchors.ts";

/** The product line of a CPUID family and model, or null if it is none we know. */
export function productOfCpu(cpu: {
  readonly family: number;
  readonly model: number;
}): SnpProduct | null {
  const { family, model } = cpu;
  if (family === 25 && model < 16) return "Milan";
  // Bergamo and Siena, models 160 to 175, are of Genoa's line.
  if (family === 25 && (model < 32 || (model >= 160 && model < 176))) return "Genoa";
  return family === 26 && model < 32 ? "Turin" : null;
}
