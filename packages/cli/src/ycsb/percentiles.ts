// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";

/** Collects samples with weights (one batch answers many operations at once) and tells percentiles exactly. */
export class Percentiles {
  #values = new Float64Array(1024);
  #weights = new Uint32Array(1024);
  #length = 0;
  #total = 0;

  add(value: number, weight = 1): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length] = value;
    this.#weights[this.#length++] = weight;
    this.#total += weight;
  }

  #grow(): void {
    const values = new Float64Array(2 * this.#values.length);
    const weights = new Uint32Array(values.length);
    values.set(this.#values);
    weights.set(this.#weights);
    this.#values = values;
    this.#weights = weights;
  }

  /** How many operations the samples stand for. */
  get count(): number {
    return this.#total;
  }

  /** Nearest-rank percentiles, `ratios` ascending in (0, 1]; null for every one of them without samples. */
  at(...ratios: readonly number[]): readonly (number | null)[] {
    const order = [...new Uint32Array(this.#length).keys()].sort(
      (a, b) => (this.#values[a] ?? 0) - (this.#values[b] ?? 0),
    );
    let below = 0;
    let position = 0;
    return ratios.map((ratio) => {
      assert(ratio > 0 && ratio <= 1, `expected a ratio in (0, 1], got ${ratio}`);
      const rank = Math.ceil(ratio * this.#total);
      while (position < order.length) {
        const index = order[position] ?? 0;
        below += this.#weights[index] ?? 0;
        if (below >= rank) {
          below -= this.#weights[index] ?? 0;
          return this.#values[index] ?? null;
        }
        position++;
      }
      return null;
    });
  }
}
