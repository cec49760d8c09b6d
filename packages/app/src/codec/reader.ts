// SPDX-License-Identifier: Apache-2.0
import { CodecError } from "./codec-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads values from bytes that somebody else controls. One reader serves many values: {@link Reader.open} points it at the next, in place,
 * also inside the memory of a WebAssembly module. Texts and byte strings come out as copies.
 */
export class Reader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;

  /** Points the reader at `bytes[start .. end)`. */
  open(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#at = start;
    this.#end = end;
    return this;
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
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
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
    const value = this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new CodecError(`expected a safe integer, got ${value}`);
    return value;
  }

  /** An IEEE 754 double; not NaN, infinite or -0. */
  number(): number {
    const value = this.#view.getFloat64(this.#take(8));
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
