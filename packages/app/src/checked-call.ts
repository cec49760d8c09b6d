// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { CallError } from "./call-error.ts";
import { Reader } from "./codec/reader.ts";
import { Writer } from "./codec/writer.ts";
import { CALL_BYTES_MAX } from "./limits.ts";
import { OutcomeBuffer } from "./outcome-buffer.ts";
import type { Change, PreparedCall } from "./prepared-call.ts";
import type { Program } from "./program.ts";

const reader = new Reader();
const keyWriter = new Writer(new Uint8Array(0));
/** The two outcomes of the call that ran last. */
const outcome = new OutcomeBuffer();
const again = new OutcomeBuffer();
let lastRun: CheckedCall | null = null;

/**
 * A call as the untrusted side runs it, on values that stand in the memory of a store: the function runs twice, and one that does not
 * answer the same is refused. The monitor reads and runs the same bytes by itself. All errors are CallError or CallFailed, and then the
 * call must not happen.
 */
export class CheckedCall {
  readonly #call: PreparedCall;

  /** Reads the argument and asks the operation for its keys. */
  constructor(program: Program, number: number, argument: Uint8Array) {
    if (argument.length > CALL_BYTES_MAX) {
      const expected = `expected an argument of at most ${CALL_BYTES_MAX} bytes`;
      throw new CallError("invalid_argument", `${expected}, got ${argument.length}`);
    }
    this.#call = program.prepare(number, reader.open(argument));
  }

  /** Records that the call touches. */
  get count(): number {
    return this.#call.count;
  }

  /** Writes the key of record `index` to `memory[at ..]`, where KEY_BYTES_MAX bytes are free; returns its length. */
  writeKey(index: number, memory: Uint8Array, at: number): number {
    this.#call.writeKey(index, keyWriter.open(memory, at, at + KEY_BYTES_MAX));
    return keyWriter.length;
  }

  /** Instead of going on, when two of the keys are the same. */
  refuseDuplicate(): never {
    throw new CallError("duplicate_record", "expected distinct records, got one twice");
  }

  /** Takes the value of the next record, in the order of the keys: `memory[at .. at + length)`, which may change afterwards. */
  takeValue(memory: Uint8Array, at: number, length: number): void {
    this.#call.takeValue(reader.open(memory, at, at + length));
  }

  /** The next record has no value. */
  takeAbsent(): void {
    this.#call.takeValue(null);
  }

  /** Runs the function, twice. What it answers is there until the next call runs. */
  run(): void {
    lastRun = null;
    this.#call.run();
    outcome.take(this.#call);
    this.#call.run();
    again.take(this.#call);
    if (!outcome.equals(again)) {
      throw new CallError("impure_function", "expected one answer to one input, got two");
    }
    lastRun = this;
  }

  #outcome(): OutcomeBuffer {
    if (lastRun !== this) throw new Error("expected the outcome of the call that ran last");
    return outcome;
  }

  /** A copy of the result. */
  result(): Uint8Array<ArrayBuffer> {
    return this.#outcome().result();
  }

  /** What becomes of record `index`. */
  change(index: number): Change {
    return this.#outcome().change(index);
  }

  /** Bytes of the value that is written to record `index`. */
  valueLength(index: number): number {
    return this.#outcome().valueLength(index);
  }

  copyValue(index: number, memory: Uint8Array, at: number): void {
    this.#outcome().copyValue(index, memory, at);
  }
}
