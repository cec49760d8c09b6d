// SPDX-License-Identifier: Apache-2.0

import { isInner, KEY_A, KEY_B } from "./names.ts";
import { ABSENT, descriptor, NO_HASH, NOTHING_BELOW, VALUE_A, VALUE_B, Values } from "./values.ts";

/** What may occur in a log of this world. */
export interface WorldShape {
  readonly name: string;
  /** Keys other than the root. */
  readonly keys: readonly number[];
  /** Slots of each thread; one of thread 0 holds the root. */
  readonly slots: readonly [number, number];
  /** Counters of timestamps: 0..counters-1 in each epoch. */
  readonly counters: number;
  /** Epochs 0..epochs-1 can be certified; calls beyond them prove nothing. */
  readonly epochs: number;
}

/** A record that went through deferred memory: what an add or evict set counts. */
export interface Element {
  readonly key: number;
  readonly value: number;
  readonly time: number;
  readonly thread: number;
}

const ELEMENTS_MAX = 0xffff;

/** A shape with the numbers of its values and elements, and its alphabet. */
export class World {
  readonly shape: WorldShape;
  readonly values = new Values();
  readonly #elements: Element[] = [];
  readonly #elementNumbers = new Map<number, number>();

  constructor(shape: WorldShape) {
    this.shape = shape;
  }

  /** Steps of the clock per epoch: an AddB may move it to the counter after the last one. */
  get epochSteps(): number {
    return this.shape.counters + 1;
  }

  epochOf(time: number): number {
    return Math.floor(time / this.epochSteps);
  }

  /** Timestamps of the certifiable epochs, and the first moment after them. */
  get times(): number[] {
    const { counters, epochs } = this.shape;
    const times: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let counter = 0; counter < counters; counter++) {
        times.push(epoch * this.epochSteps + counter);
      }
    }
    return [...times, epochs * this.epochSteps];
  }

  element(element: Element): number {
    const { key, value, time, thread } = element;
    const name = ((value * 256 + time) * 8 + key) * 2 + thread;
    const known = this.#elementNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.#elements.length;
    if (number > ELEMENTS_MAX) throw new Error("expected at most 65535 elements in a small world");
    this.#elements.push(element);
    this.#elementNumbers.set(name, number);
    return number;
  }

  elementOf(number: number): Element {
    const element = this.#elements[number];
    if (element === undefined) throw new Error(`expected a known element, got ${number}`);
    return element;
  }

  /** Every well-formed value of a key: for P what a node above A and B can ever look like. */
  valuesOf(key: number): number[] {
    if (!isInner(key)) return [ABSENT, VALUE_A, VALUE_B];
    const lefts = this.#descriptorsOf(KEY_A);
    const rights = this.#descriptorsOf(KEY_B);
    return lefts.flatMap((left) => rights.map((right) => this.values.pair(left, right)));
  }

  #descriptorsOf(key: number): number[] {
    const hashes = [NO_HASH, ABSENT, VALUE_A, VALUE_B];
    const known = hashes.flatMap((hash) => [
      descriptor(key, hash, false),
      descriptor(key, hash, true),
    ]);
    return this.shape.keys.includes(key) ? [NOTHING_BELOW, ...known] : [NOTHING_BELOW];
  }

  /** Every element that a log of `other` could claim to have been evicted by `thread`. */
  elementsBy(thread: number): Set<number> {
    const numbers = new Set<number>();
    for (const time of this.times.slice(0, -1)) {
      for (const key of this.shape.keys) {
        for (const value of this.valuesOf(key)) {
          numbers.add(this.element({ key, value, time, thread }));
        }
      }
    }
    return numbers;
  }

  /** The number of different entries that a log of this thread is made of. */
  alphabetSize(thread: 0 | 1): number {
    const slots = this.shape.slots[thread];
    const times = this.times.length;
    const records = this.shape.keys.reduce((sum, key) => sum + this.valuesOf(key).length, 0);
    const addM = records * slots * slots;
    const addB = records * slots * (times - 1) * 2;
    const evicts = slots * slots + slots * times + slots * slots * times;
    return addM + addB + evicts + 3 * slots + 2;
  }
}
