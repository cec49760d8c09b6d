// SPDX-License-Identifier: Apache-2.0
/**
 * Values of the small world, as numbers: 0 absent, 1 and 2 the application's values a and b, the others pairs of
 * descriptors. One value has one number, so numbers serve as value hashes without collisions.
 */
export const ABSENT = 0;
export const VALUE_A = 1;
export const VALUE_B = 2;

/** A descriptor packed into a number; 0 says that nothing is below. */
export type Descriptor = number;
export const NOTHING_BELOW: Descriptor = 0;

/** The hash of a record that was never evicted (PROTOCOL §4.1): no value has it. */
export const NO_HASH = -1;

export function descriptor(key: number, hash: number, inDeferred: boolean): Descriptor {
  return 1 + key + (inDeferred ? 8 : 0) + 16 * (hash + 1);
}

export const keyIn = (d: Descriptor): number => (d - 1) & 7;
export const inDeferred = (d: Descriptor): boolean => ((d - 1) & 8) !== 0;
export const hashIn = (d: Descriptor): number => Math.floor((d - 1) / 16) - 1;

/** Values fit into one UTF-16 unit of an encoded state. */
const VALUES_MAX = 0xffff;

/** The numbers of all descriptor pairs that were met so far. */
export class Values {
  readonly #numbers = new Map<number, number>();
  readonly #left: Descriptor[] = [0, 0, 0];
  readonly #right: Descriptor[] = [0, 0, 0];
  /** Both sides empty. */
  readonly initial: number;

  constructor() {
    this.initial = this.pair(NOTHING_BELOW, NOTHING_BELOW);
  }

  pair(left: Descriptor, right: Descriptor): number {
    const name = left * 2 ** 24 + right;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#left.length;
    if (number > VALUES_MAX) throw new Error("expected at most 65535 values in a small world");
    this.#left.push(left);
    this.#right.push(right);
    this.#numbers.set(name, number);
    return number;
  }

  below(value: number, side: 0 | 1): Descriptor {
    return (side === 0 ? this.#left[value] : this.#right[value]) ?? NOTHING_BELOW;
  }

  /** The value with one descriptor replaced. */
  with(value: number, side: 0 | 1, replaced: Descriptor): number {
    return side === 0
      ? this.pair(replaced, this.below(value, 1))
      : this.pair(this.below(value, 0), replaced);
  }
}
