// SPDX-License-Identifier: Apache-2.0
import { CallError } from "./call-error.ts";
import type { Maker } from "./codec/codec.ts";
import type { ProgramTouch } from "./program-operation.ts";
import type { RecordCodec } from "./record-codec.ts";

/** The records of a call of which some come in lists: laid out one after the other, in the order of the touches. */
export class TouchedLists {
  readonly keys: readonly unknown[];
  /** What each record is. */
  readonly kinds: readonly RecordCodec[];
  readonly #touches: readonly ProgramTouch[];
  /** Records of each touch. */
  readonly #counts: readonly number[];

  /**
   * @param named the keys by touch, as the function named them.
   * @throws CallError `invalid_key`.
   */
  constructor(touches: readonly ProgramTouch[], named: readonly unknown[]) {
    const keys: unknown[] = [];
    const kinds: RecordCodec[] = [];
    this.#counts = touches.map((touch, i) => {
      const many = touch.max === null ? [named[i]] : listOf(named[i], touch, "invalid_key");
      const { length } = many;
      for (let j = 0; j < length; j++) {
        keys.push(many[j]);
        kinds.push(touch.record);
      }
      return length;
    });
    this.keys = keys;
    this.kinds = kinds;
    this.#touches = touches;
  }

  /** The records' values by touch: one, or a list. */
  byTouch(values: readonly unknown[], maker: Maker): readonly unknown[] {
    let at = 0;
    return this.#touches.map(({ max }, i) => {
      const count = this.#counts[i] as number;
      const from = at;
      at += count;
      if (max === null) return values[from];
      const list = maker.array();
      for (let j = 0; j < count; j++) list[j] = values[from + j];
      return list;
    });
  }

  /**
   * The values that the function wrote, by record; undefined for those that stay.
   *
   * @throws CallError `invalid_write`.
   */
  laidOut(written: readonly unknown[]): readonly unknown[] {
    const after: unknown[] = [];
    this.#touches.forEach((touch, i) => {
      const value = written[i];
      if (touch.max === null) after.push(value);
      else this.#layOut(value, touch, this.#counts[i] as number, after);
    });
    return after;
  }

  #layOut(written: unknown, touch: ProgramTouch, count: number, after: unknown[]): void {
    const values = written === undefined ? null : listOf(written, touch, "invalid_write");
    if (values !== null && values.length !== count) {
      const expected = `expected ${count} values of ${touch.name}`;
      throw new CallError("invalid_write", `${expected}, got ${values.length}`);
    }
    for (let j = 0; j < count; j++) after.push(values?.[j]);
  }
}

function listOf(value: unknown, touch: ProgramTouch, code: CallError["code"]): readonly unknown[] {
  if (Array.isArray(value) && value.length <= (touch.max ?? 1)) return value;
  throw new CallError(code, `expected a list of at most ${touch.max} as ${touch.name}`);
}
