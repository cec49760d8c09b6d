// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "./error.ts";

/**
 * Reads big-endian fields from bytes that somebody else controls. Every read is bounds-checked; {@link ByteReader.end} rejects
 * trailing bytes. Byte strings are returned as views: copy what outlives the buffer.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #advance(count: number, what: string): number {
    if (count > this.remaining) {
      throw new ZetaError("D.short", `expected ${count} bytes of ${what}, got ${this.remaining}`);
    }
    const at = this.#offset;
    this.#offset += count;
    return at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#advance(1, what));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#advance(2, what));
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#advance(4, what));
  }

  u64(what: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, what));
  }

  bytes(count: number, what: string): Uint8Array {
    const at = this.#advance(count, what);
    return this.#bytes.subarray(at, at + count);
  }

  /** A byte that must be 0 or 1 (anything else would give one value two encodings). */
  bool(what: string): boolean {
    const byte = this.u8(what);
    if (byte > 1) throw new ZetaError("D.bool", `expected 0 or 1 for ${what}, got ${byte}`);
    return byte === 1;
  }

  /** u8 length and that many bytes, between `min` and `max`. */
  frame8(min: number, max: number, what: string): Uint8Array {
    const length = this.u8(what);
    if (length < min || length > max) {
      throw new ZetaError("D.length", `expected ${min}..${max} bytes of ${what}, got ${length}`);
    }
    return this.bytes(length, what);
  }

  end(what: string): void {
    if (this.remaining !== 0) {
      throw new ZetaError(
        "D.length",
        `expected the end of ${what}, got ${this.remaining} more bytes`,
      );
    }
  }
}
