// SPDX-License-Identifier: Apache-2.0
import type { Random } from "./random.ts";

/** Skew of the YCSB core workloads: item k is drawn with probability proportional to 1 / k^0.99. */
export const ZIPFIAN_CONSTANT = 0.99;

/** Items drawn before scrambling, whatever the number of records (`ScrambledZipfianGenerator.ITEM_COUNT`). */
export const SCRAMBLED_ITEMS = 10_000_000_000;
/** zeta(10^10, 0.99), which would take minutes to sum; the constant is the one of YCSB. */
const SCRAMBLED_ZETA = 26.46902820178302;

/** The sum of 1/i^theta for i from 1 to `items`, continued from a sum over the first `from`. */
export function zeta(items: number, theta: number, from = 0, sum = 0): number {
  let total = sum;
  for (let i = from + 1; i <= items; i++) total += i ** -theta;
  return total;
}

/**
 * Ranks 0 (most popular) to items - 1 after Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (SIGMOD 1994), the
 * method of YCSB. The number of items may grow: the sum is continued, never started again.
 */
export class ZipfianRanks {
  readonly #random: Random;
  readonly #zeta2 = zeta(2, ZIPFIAN_CONSTANT);
  #items: number;
  #zetaN: number;
  #eta: number;

  constructor(random: Random, items: number, zetaN = zeta(items, ZIPFIAN_CONSTANT)) {
    this.#random = random;
    this.#items = items;
    this.#zetaN = zetaN;
    this.#eta = this.#etaOf();
  }

  #etaOf(): number {
    return (1 - (2 / this.#items) ** (1 - ZIPFIAN_CONSTANT)) / (1 - this.#zeta2 / this.#zetaN);
  }

  growTo(items: number): void {
    if (items <= this.#items) return;
    this.#zetaN = zeta(items, ZIPFIAN_CONSTANT, this.#items, this.#zetaN);
    this.#items = items;
    this.#eta = this.#etaOf();
  }

  next(): number {
    const u = this.#random.fraction();
    const scaled = u * this.#zetaN;
    if (scaled < 1) return 0;
    if (scaled < this.#zeta2) return Math.min(1, this.#items - 1);
    const rank = this.#items * (this.#eta * u - this.#eta + 1) ** (1 / (1 - ZIPFIAN_CONSTANT));
    // Rounding may reach `items` itself when u is next to 1.
    return Math.min(Math.floor(rank), this.#items - 1);
  }
}

/** Ranks over 10^10 items, for scrambling by a hash. */
export function scrambledRanks(random: Random): ZipfianRanks {
  return new ZipfianRanks(random, SCRAMBLED_ITEMS, SCRAMBLED_ZETA);
}
