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
  /** Keys and values of the records, lists laid out one after the other. Arrays of their size at once: growing ones are garbage. */
  readonly #keys: readonly unknown[];
  readonly #values: unknown[];
  #taken = 0;
  /** Kinds of the records, and per touch their number; null if each touch is one record. */
  #lists: { readonly kinds: readonly RecordCodec[]; readonly counts: readonly number[] } | null =
    null;
  #result: unknown;
  readonly #after: unknown[];

  constructor(functions: Functions, operation: ProgramOperation, args: unknown) {
    this.#functions = functions;
    this.#operation = operation;
    this.#args = args;
    try {
      this.#keys = this.#keysOf(functions.keys(operation.number, args));
    } catch (error) {
      throw refusalOf(functions, error);
    }
    this.#values = new Array(this.#keys.length);
    this.#after = new Array(this.#keys.length);
  }

  #keysOf(named: unknown): readonly unknown[] {
    const { touches, name, hasLists } = this.#operation;
    const members = this.#members(named, `keys of ${name}`, "invalid_key");
    if (hasLists) return this.#listedKeys(members);
    const keys = new Array<unknown>(touches.length);
    for (let i = 0; i < keys.length; i++) keys[i] = members[(touches[i] as ProgramTouch).name];
    if (keys.length === 0) throw noKey();
    return keys;
  }

  #listedKeys(members: Members): readonly unknown[] {
    const keys: unknown[] = [];
    const kinds: RecordCodec[] = [];
    const counts: number[] = [];
    for (const touch of this.#operation.touches) {
      const key = members[touch.name];
      const many = touch.max === null ? [key] : this.#list(key, touch, "invalid_key");
      const { length } = many;
      counts.push(length);
      for (let i = 0; i < length; i++) {
        keys.push(many[i]);
        kinds.push(touch.record);
      }
    }
    if (keys.length === 0) throw noKey();
    this.#lists = { kinds, counts };
    return keys;
  }

  #kind(index: number): RecordCodec | undefined {
    if (this.#lists !== null) return this.#lists.kinds[index];
    return this.#operation.touches[index]?.record;
  }

  /** Records that the call touches. */
  get count(): number {
    return this.#keys.length;
  }

  /** Writes the key of record `index` as the store and the monitor name it. */
  writeKey(index: number, writer: Writer): void {
    try {
      this.#kind(index)?.writeKey(this.#keys[index], writer);
    } catch (error) {
      throw refusalOf(this.#functions, coded(error, "invalid_key"));
    }
  }

  /** Takes the value of the next record, in the order of the keys; null: there is none. */
  takeValue(value: Reader | null): void {
    const index = this.#taken;
    try {
      this.#values[index] = value === null ? null : this.#kind(index)?.value.read(value);
      this.#taken = index + 1;
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
    const given = made(records, this.#lists === null ? this.#values : this.#touched(this.#lists));
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
  #touched({ counts }: { readonly counts: readonly number[] }): unknown[] {
    const { touches } = this.#operation;
    let at = 0;
    return touches.map(({ max }, i) => {
      const count = counts[i] as number;
      const from = at;
      at += count;
      if (max === null) return this.#values[from];
      const list = this.#functions.maker.array();
      for (let j = 0; j < count; j++) list[j] = this.#values[from + j];
      return list;
    });
  }

  #takeWrites(writes: unknown): void {
    const { touches, name } = this.#operation;
    if (writes === undefined) {
      this.#after.fill(undefined);
      return;
    }
    const members = this.#members(writes, name, "invalid_write");
    for (const written in members) if (!this.#isTouched(written)) this.#refuseWrite(written);
    let at = 0;
    for (let i = 0; i < touches.length; i++) {
      const touch = touches[i] as ProgramTouch;
      const value = members[touch.name];
      if (touch.max === null) this.#after[at++] = value;
      else at = this.#takeList(value, touch, at, this.#lists?.counts[i] ?? 0);
    }
  }

  #isTouched(name: string): boolean {
    for (const touch of this.#operation.touches) if (touch.name === name) return true;
    return false;
  }

  #refuseWrite(written: string): never {
    const expected = this.#operation.touches.map((touch) => touch.name).join(", ");
    const got = JSON.stringify(String(written).slice(0, 64));
    throw new CallError("undeclared_record", `expected writes to ${expected}, got ${got}`);
  }

  /** The new values of a list; returns where the next touch begins. */
  #takeList(written: unknown, touch: ProgramTouch, at: number, count: number): number {
    const end = at + count;
    if (written === undefined) {
      this.#after.fill(undefined, at, end);
      return end;
    }
    const values = this.#list(written, touch, "invalid_write");
    if (values.length !== count) {
      const expected = `expected ${count} values of ${touch.name}`;
      throw new CallError("invalid_write", `${expected}, got ${values.length}`);
    }
    for (let j = 0; j < count; j++) this.#after[at + j] = values[j];
    return end;
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
      this.#kind(index)?.value.write(value, writer);
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

function made(make: (...values: unknown[]) => object, values: readonly unknown[]): object {
  switch (values.length) {
    case 1:
      return make(values[0]);
    case 2:
      return make(values[0], values[1]);
    case 3:
      return make(values[0], values[1], values[2]);
    default:
      return make(...values);
  }
}

function noKey(): CallError {
  return new CallError("invalid_key", "expected a key, got none");
}
