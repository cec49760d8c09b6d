// SPDX-License-Identifier: Apache-2.0
import { CodecError } from "./codec-error.ts";

const utf8 = new TextEncoder();

/**
 * Writes values into a buffer of fixed size, its own or a window of a WebAssembly module's memory; what does not fit is refused.
 */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #start = 0;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Points the writer at `bytes[start .. end)`. */
  open(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#start = start;
    this.#at = start;
    this.#end = end;
    return this;
  }

  /** Starts again at the beginning of the window. */
  clear(): this {
    this.#at = this.#start;
    return this;
  }

  /** Bytes written since the window was opened. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** A copy of what was written since the window was opened. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { length } = this;
    if (length > SHORT_BYTES) {
      return this.#bytes.slice(this.#start, this.#at) as Uint8Array<ArrayBuffer>;
    }
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.#bytes[this.#start + i] as number;
    return copy;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) {
      throw new CodecError(`expected at most ${this.#end - this.#start} bytes, got more`);
    }
    this.#at = at + count;
    return at;
  }

  u8(value: number): void {
    this.#view.setUint8(this.#take(1), value);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#take(2), value);
  }

  integer(value: number): void {
    const at = this.#take(8);
    this.#view.setInt32(at, Math.floor(value / 0x1_0000_0000));
    // The conversion to 32 bits takes the value modulo 2^32, which is the lower half of two's complement.
    this.#view.setUint32(at + 4, value);
  }

  number(value: number): void {
    this.#view.setFloat64(this.#take(8), value);
  }

  text(value: string): void {
    const { length } = value;
    if (length > TEXT_BYTES_MAX) throw new CodecError(`expected a shorter text, got ${length}`);
    const start = this.#take(2 + length);
    const bytes = this.#bytes;
    let i = 0;
    for (; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) break;
      bytes[start + 2 + i] = unit;
    }
    if (i === length) {
      this.#view.setUint16(start, length);
      return;
    }
    this.#at = start;
    this.#longText(value);
  }

  #longText(value: string): void {
    if (HALF_PAIR.test(value))
      throw new CodecError("expected whole characters, got half of a pair");
    const encoded = utf8.encode(value);
    this.bytes(encoded);
  }

  /** u16 length and the bytes. */
  bytes(value: Uint8Array): void {
    const { length } = value;
    if (length > TEXT_BYTES_MAX) throw new CodecError(`expected fewer bytes, got ${length}`);
    this.u16(length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    const at = this.#take(value.length);
    const bytes = this.#bytes;
    for (let i = 0; i < value.length; i++) bytes[at + i] = value[i] as number;
  }
}

const HALF_PAIR = /\p{Surrogate}/u;

/** The engine makes arrays up to this length without a buffer of their own, and copying by hand is faster. */
const SHORT_BYTES = 64;

/** What a u16 length can say. */
const TEXT_BYTES_MAX = 65_535;
