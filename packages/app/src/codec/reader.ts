// SPDX-License-Identifier: Apache-2.0
import { CodecError } from "./codec-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads values from bytes that somebody else controls. One reader serves many values: {@link Reader.open} points it at the next, in place,
 * also inside the memory of a WebAssembly module. Texts and byte strings come out as copies. Numbers are put together from bytes: a view
 * for each of so many short arrays would cost more than all the reading.
 */
export class Reader {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #at = 0;
  #end = 0;

  /** Points the reader at `bytes[start .. end)`. */
  open(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** A copy of all bytes that the reader was opened on. */
  copy(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes.subarray(this.#start, this.#end));
  }

  /** All bytes must be used, else one value would have two encodings. */
  close(): void {
    if (this.#at !== this.#end) {
      throw new CodecError(`expected the end, got ${this.#end - this.#at} more bytes`);
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) {
      throw new CodecError(`expected ${count} bytes, got ${this.#end - at}`);
    }
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u16(): number {
    const at = this.#take(2);
    return ((this.#bytes[at] as number) << 8) | (this.#bytes[at + 1] as number);
  }

  #i32(at: number): number {
    const bytes = this.#bytes;
    const upper = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
    return upper | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  }

  /** A byte that must be 0 or 1. */
  flag(): boolean {
    const byte = this.u8();
    if (byte > 1) throw new CodecError(`expected 0 or 1, got ${byte}`);
    return byte === 1;
  }

  /** A two's complement integer of 8 bytes that JavaScript holds exactly. */
  integer(): number {
    const at = this.#take(8);
    const value = this.#i32(at) * 0x1_0000_0000 + (this.#i32(at + 4) >>> 0);
    if (!Number.isSafeInteger(value)) throw new CodecError(`expected a safe integer, got ${value}`);
    return value;
  }

  /** An IEEE 754 double; not NaN, infinite or -0. */
  number(): number {
    const at = this.#take(8);
    scratch.setInt32(0, this.#i32(at));
    scratch.setInt32(4, this.#i32(at + 4));
    const value = scratch.getFloat64(0);
    if (!Number.isFinite(value) || Object.is(value, -0)) {
      throw new CodecError(`expected a finite number, got ${Object.is(value, -0) ? "-0" : value}`);
    }
    return value;
  }

  /** u16 length and UTF-8. */
  text(): string {
    const length = this.u16();
    const at = this.#take(length);
    const bytes = this.#bytes;
    let text = "";
    // Most texts are short ASCII, for which the decoder's own start costs more than the loop.
    if (length <= SHORT_BYTES) {
      let i = at;
      const end = at + length;
      for (; i < end; i++) {
        const byte = bytes[i] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (i === end) return text;
    }
    try {
      return utf8.decode(bytes.subarray(at, at + length));
    } catch (cause) {
      throw new CodecError("expected UTF-8", { cause });
    }
  }

  /** u16 length and where the bytes stand; {@link Reader.copyTo} takes them. */
  span(): { readonly at: number; readonly length: number } {
    const length = this.u16();
    return { at: this.#take(length), length };
  }

  copyTo(target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    for (let i = 0; i < target.length; i++) target[i] = bytes[at + i] as number;
  }
}

const SHORT_BYTES = 64;
const scratch = new DataView(new ArrayBuffer(8));
