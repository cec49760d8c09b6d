// SPDX-License-Identifier: Apache-2.0
import { Writer } from "./codec/writer.ts";
import { CALL_BYTES_MAX, TOUCHES_MAX } from "./limits.ts";
import type { Change, PreparedCall } from "./prepared-call.ts";

/** What a call answers, in bytes: the result, then each written value. One buffer serves one call after the other. */
export class OutcomeBuffer {
  readonly #bytes = new Uint8Array((1 + TOUCHES_MAX) * CALL_BYTES_MAX);
  readonly #writer = new Writer(this.#bytes);
  #count = 0;
  readonly #changes: Change[] = [];
  /** Where the values begin, one after the other, and then where the last ends; the result ends where the first begins. */
  readonly #places: number[] = [];

  /** @throws CallError or CallFailed for what does not match its schema. */
  take(call: PreparedCall): void {
    this.#count = call.count;
    call.writeResult(this.#writer.open(this.#bytes, 0, CALL_BYTES_MAX));
    let at = this.#writer.length;
    this.#places[0] = at;
    for (let i = 0; i < this.#count; i++) {
      this.#changes[i] = call.writeValue(
        i,
        this.#writer.open(this.#bytes, at, at + CALL_BYTES_MAX),
      );
      at += this.#writer.length;
      this.#places[i + 1] = at;
    }
  }

  /** Is `other` the same outcome of the same call? */
  equals(other: OutcomeBuffer): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#changes[i] !== other.#changes[i] || this.#places[i] !== other.#places[i])
        return false;
    }
    const end = this.#places[this.#count] as number;
    if (other.#places[this.#count] !== end) return false;
    for (let i = 0; i < end; i++) if (this.#bytes[i] !== other.#bytes[i]) return false;
    return true;
  }

  /** A copy of the result. */
  result(): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(this.#places[0] as number);
    this.#copy(0, result, 0, result.length);
    return result;
  }

  change(index: number): Change {
    return this.#changes[index] as Change;
  }

  /** Bytes of a value that was written. */
  valueLength(index: number): number {
    return (this.#places[index + 1] as number) - (this.#places[index] as number);
  }

  copyValue(index: number, target: Uint8Array, at: number): void {
    this.#copy(this.#places[index] as number, target, at, this.valueLength(index));
  }

  #copy(from: number, target: Uint8Array, at: number, length: number): void {
    const bytes = this.#bytes;
    // Most are short, and then a loop takes less than making a view to copy from.
    if (length > SHORT_BYTES) target.set(bytes.subarray(from, from + length), at);
    else for (let i = 0; i < length; i++) target[at + i] = bytes[from + i] as number;
  }
}

const SHORT_BYTES = 64;
