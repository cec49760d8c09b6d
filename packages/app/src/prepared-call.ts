// SPDX-License-Identifier: Apache-2.0
import { CallError } from "./call-error.ts";
import type { CallerSignature } from "./caller-signature.ts";
import type { Reader } from "./codec/reader.ts";
import type { Writer } from "./codec/writer.ts";
import type { Functions } from "./functions.ts";
import type { ProgramOperation } from "./program-operation.ts";
import type { RecordCodec } from "./record-codec.ts";
import { coded, refusalOf } from "./refusal.ts";
import { TouchedLists } from "./touched-lists.ts";

/** What a call does to one of its records. */
export type Change = "keep" | "delete" | "write";

/** Every record stays as it is. */
const NO_WRITES: readonly unknown[] = [];

/**
 * One call on its way: argument read, keys known; then the records' values go in, the function runs, result and new values come out. All
 * errors are CallError or CallFailed, and nothing has happened when one is thrown.
 */
export class PreparedCall {
  readonly #functions: Functions;
  readonly #operation: ProgramOperation;
  readonly #args: unknown;
  /** Null if the operation asks for none. */
  readonly #signature: CallerSignature | null;
  /** Null if each touch is one record. */
  readonly #lists: TouchedLists | null;
  readonly #keys: readonly unknown[];
  /** Of its size at once: arrays that grow are garbage. */
  readonly #values: unknown[];
  #taken = 0;
  #result: unknown;
  /** New values in the order of the keys; undefined: as before. */
  #after: readonly unknown[] = NO_WRITES;

  constructor(
    functions: Functions,
    operation: ProgramOperation,
    args: unknown,
    signature: CallerSignature | null,
  ) {
    this.#functions = functions;
    this.#operation = operation;
    this.#args = args;
    this.#signature = signature;
    const { number, name, shape, touches, hasLists } = operation;
    try {
      const named = functions.keys(number, args);
      const keys = shape.members(objectOf(named, "keys of", name, "invalid_key"));
      this.#lists = hasLists ? new TouchedLists(touches, keys) : null;
      this.#keys = this.#lists === null ? keys : this.#lists.keys;
      if (this.#keys.length === 0) throw new CallError("invalid_key", "expected a key, got none");
    } catch (error) {
      throw refusalOf(functions, error);
    }
    this.#values = new Array(this.#keys.length);
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
    try {
      const index = this.#taken++;
      this.#values[index] = value === null ? null : this.#kind(index)?.value.read(value);
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
    const { number, name } = this.#operation;
    const records = this.#named(this.#values);
    try {
      this.#signature?.demand(records);
      const returned = this.#functions.run(number, this.#args, records);
      const { result, writes } = objectOf(returned, "an outcome of", name, "invalid_result");
      this.#result = result;
      this.#after = writes === undefined ? NO_WRITES : this.#written(writes);
      if (this.#signature !== null) {
        this.#signature.demandGrowth(this.#named(this.#valuesAfter()));
      }
    } catch (error) {
      throw refusalOf(this.#functions, error);
    }
  }

  /** Values in the order of the keys, by the names that the functions use. */
  #named(values: readonly unknown[]): object {
    const { maker } = this.#functions;
    return this.#operation.shape.make(this.#lists?.byTouch(values, maker) ?? values);
  }

  /** The records' values with what the function wrote. */
  #valuesAfter(): readonly unknown[] {
    return this.#values.map((before, i) => {
      const after = this.#after[i];
      return after === undefined ? before : after;
    });
  }

  #written(writes: unknown): readonly unknown[] {
    const { name, shape, touches } = this.#operation;
    const object = objectOf(writes, "writes of", name, "invalid_write");
    const stranger = shape.stranger(object);
    if (stranger !== null) {
      const expected = touches.map((touch) => touch.name).join(", ");
      const got = JSON.stringify(stranger.slice(0, 64));
      throw new CallError("undeclared_record", `expected writes to ${expected}, got ${got}`);
    }
    const values = shape.members(object);
    return this.#lists?.laidOut(values) ?? values;
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
}

type Members = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, what: string, name: string, code: CallError["code"]): Members {
  if (typeof value === "object" && value !== null) return value as Members;
  throw new CallError(code, `expected an object as ${what} ${name}, got ${typeof value}`);
}
