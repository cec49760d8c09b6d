// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";

/** More inputs than this would spread the mutations too thin. */
const KEPT_MAX = 256;
const ANSWERS_MAX = 4_096;
/** An input that grew beyond so many times the largest sample is not kept: it would only make the run slow. */
const GROWTH_MAX = 2;

/**
 * What inputs are made from: the genuine ones, and every input that met an answer nobody had met before. Two answers are the same if they
 * expect the same, up to numbers and quoted text. So a decoder's later checks are reached step by step.
 */
export class Corpus<T> {
  readonly #samples: readonly T[];
  readonly #kept: T[] = [];
  readonly #untried: T[];
  readonly #answers = new Set<string>();
  readonly #sizeOf: (input: T) => number;
  readonly #sizeMax: number;

  constructor(samples: readonly T[], sizeOf: (input: T) => number) {
    this.#samples = samples;
    this.#untried = [...samples];
    this.#sizeOf = sizeOf;
    this.#sizeMax = GROWTH_MAX * Math.max(...samples.map(sizeOf));
  }

  get kept(): readonly T[] {
    return this.#kept;
  }

  /** A genuine input or, as often, one that was kept. */
  pick(random: Random): T {
    const isGenuine = this.#kept.length === 0 || random.oneIn(2);
    return random.pick(isGenuine ? this.#samples : this.#kept);
  }

  get outcomes(): number {
    return this.#answers.size;
  }

  /** A genuine input that has not been tried as it is. */
  genuine(): T | undefined {
    return this.#untried.pop();
  }

  note(input: T, answer: string): void {
    const [expected = ""] = answer.split(/,? got /, 1);
    const shape = expected.replace(/"[^"]*"|[0-9a-f]*\d[0-9a-f]*/g, "#");
    if (this.#answers.has(shape) || this.#answers.size >= ANSWERS_MAX) return;
    this.#answers.add(shape);
    if (this.#kept.length >= KEPT_MAX || this.#sizeOf(input) > this.#sizeMax) return;
    this.#kept.push(input);
  }
}
