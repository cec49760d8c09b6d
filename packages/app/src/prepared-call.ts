// SPDX-License-Identifier: Apache-2.0
import { CallError } from "./call-error.ts";
import type { Reader } from "./codec/reader.ts";
import type { Writer } from "./codec/writer.ts";
import type { Functions } from "./functions.ts";
import type { ProgramOperation, ProgramTouch } from "./program-operation.ts";
import type { RecordCodec } from "./record-codec.ts";
import { coded, refusalOf } from "./refusal.ts";

/** What a call does to one of its records. */
export type Change = "keep" | "delete" | "write";

type Members = Readonly<Record<string, unknown>>;

/**
 * One call on its way: argument read, keys known; then the records' values go in, the function runs, result and new values come out. All
 * errors are CallError or CallFailed, and nothing has happened when one is thrown.
 */
export class PreparedCall {
  readonly #functions: Functions;
  readonly #operation: ProgramOperation;
  readonly #args: unknown;
  /** Keys, kinds and values of the records, lists laid out one after the other. */
  readonly #keys: unknown[] = [];
  readonly #kinds: RecordCodec[] = [];
  readonly #values: unknown[] = [];
  /** Per touch: the number of its records. */
  readonly #counts: number[] = [];
  #result: unknown;
  readonly #after: unknown[] = [];

  constructor(functions: Functions, operation: ProgramOperation, args: unknown) {
    this.#functions = functions;
    this.#operation = operation;
    this.#args = args;
    try {
      this.#takeKeys(functions.keys(operation.number, args));
    } catch (error) {
      throw refusalOf(functions, error);
    }
  }

  #takeKeys(keys: unknown): void {
    const { touches, name } = this.#operation;
    const members = this.#members(keys, `keys of ${name}`, "invalid_key");
    for (const touch of touches) {
      const key = members[touch.name];
      const many = touch.max === null ? [key] : this.#list(key, touch, "invalid_key");
      this.#counts.push(many.length);
      for (let i = 0; i < many.length; i++) {
        this.#keys.push(many[i]);
        this.#kinds.push(touch.record);
      }
    }
    if (this.#keys.length === 0) throw new CallError("invalid_key", "expected a key, got none");
  }

  /** Records that the call touches. */
  get count(): number {
    return this.#keys.length;
  }

  /** Writes the key of record `index` as the store and the monitor name it. */
  writeKey(index: number, writer: Writer): void {
    try {
      this.#kinds[index]?.writeKey(this.#keys[index], writer);
    } catch (error) {
      throw refusalOf(this.#functions, coded(error, "invalid_key"));
    }
  }

  /** Takes the value of the next record, in the order of the keys; null: there is none. */
  takeValue(value: Reader | null): void {
    const kind = this.#kinds[this.#values.length];
    try {
      this.#values.push(value === null ? null : kind?.value.read(value));
      value?.close();
    } catch (error) {
      throw coded(error, "invalid_record");
    }
  }

  /** Instead of a value that is longer than any value of a service. */
  refuseValue(length: number): never {
    throw new CallError("invalid_record", `expected a shorter value, got ${length} bytes`);
  }

  /** Runs the function. May be called again: a pure function answers the same. */
  run(): void {
    const { number, name, records } = this.#operation;
    const given = records(...this.#touched());
    try {
      const outcome = this.#functions.run(number, this.#args, given);
      const members = this.#members(outcome, `an outcome of ${name}`, "invalid_result");
      this.#result = members.result;
      this.#takeWrites(members.writes);
    } catch (error) {
      throw refusalOf(this.#functions, error);
    }
  }

  /** The values by touch: one, or a list. */
  #touched(): unknown[] {
    const { touches } = this.#operation;
    let at = 0;
    return touches.map(({ max }, i) => {
      const count = this.#counts[i] as number;
      const from = at;
      at += count;
      if (max === null) return this.#values[from];
      const list = this.#functions.maker.array();
      for (let j = 0; j < count; j++) list[j] = this.#values[from + j];
      return list;
    });
  }

  #takeWrites(writes: unknown): void {
    this.#after.length = 0;
    const { touches, name } = this.#operation;
    const members = writes === undefined ? {} : this.#members(writes, name, "invalid_write");
    for (const written in members) {
      if (touches.some((touch) => touch.name === written)) continue;
      const expected = touches.map((touch) => touch.name).join(", ");
      const got = JSON.stringify(String(written).slice(0, 64));
      throw new CallError("undeclared_record", `expected writes to ${expected}, got ${got}`);
    }
    for (const [i, touch] of touches.entries()) {
      const count = this.#counts[i] as number;
      const value = members[touch.name];
      if (touch.max === null) this.#after.push(value);
      else if (value === undefined) for (let j = 0; j < count; j++) this.#after.push(undefined);
      else this.#takeList(this.#list(value, touch, "invalid_write"), count, touch);
    }
  }

  #takeList(values: readonly unknown[], count: number, touch: ProgramTouch): void {
    if (values.length !== count) {
      const expected = `expected ${count} values of ${touch.name}`;
      throw new CallError("invalid_write", `${expected}, got ${values.length}`);
    }
    for (let j = 0; j < count; j++) this.#after.push(values[j]);
  }

  writeResult(writer: Writer): void {
    try {
      this.#operation.result.write(this.#result, writer);
    } catch (error) {
      throw refusalOf(this.#functions, coded(error, "invalid_result"));
    }
  }

  /** What becomes of record `index`; a value that is written goes to the writer. */
  writeValue(index: number, writer: Writer): Change {
    const value = this.#after[index];
    if (value === undefined) return "keep";
    if (value === null) return "delete";
    try {
      this.#kinds[index]?.value.write(value, writer);
    } catch (error) {
      throw refusalOf(this.#functions, coded(error, "invalid_write"));
    }
    return "write";
  }

  #members(value: unknown, what: string, code: CallError["code"]): Members {
    if (typeof value === "object" && value !== null) return value as Members;
    throw new CallError(code, `expected an object as ${what}, got ${typeof value}`);
  }

  #list(value: unknown, touch: ProgramTouch, code: CallError["code"]): readonly unknown[] {
    if (Array.isArray(value) && value.length <= (touch.max ?? 1)) return value;
    throw new CallError(code, `expected a list of at most ${touch.max} as ${touch.name}`);
  }
}
