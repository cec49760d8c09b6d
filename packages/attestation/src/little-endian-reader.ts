// SPDX-License-Identifier: Apache-2.0
import { refuse } from "./error.ts";

/**
 * Reads the little-endian fields of hardware quotes from bytes that somebody else controls. Every
 * read is bounds-checked and refuses with `QUOTE_MALFORMED`. Byte strings are copies: a caller may
 * keep them.
 */
export class LittleEndianReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  #advance(count: number, what: string): number {
    const left = this.#bytes.length - this.#offset;
    if (count > left) refuse("QUOTE_MALFORMED", `expected ${count} bytes of ${what}, got ${left}`);
    const at = this.#offset;
    this.#offset += count;
    return at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#advance(1, what));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#advance(2, what), true);
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#advance(4, what), true);
  }

  u64(what: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, what), true);
  }

  bytes(count: number, what: string): Uint8Array {
    const at = this.#advance(count, what);
    return this.#bytes.slice(at, at + count);
  }

  /**
   * Reserved bytes whose value is the hardware's business: they are signed, so they need not be
   * judged.
   */
  skip(count: number, what: string): void {
    this.#advance(count, what);
  }

  end(what: string): void {
    const left = this.#bytes.length - this.#offset;
    if (left !== 0)
      refuse("QUOTE_MALFORMED", `expected the end of ${what}, got ${left} more bytes`);
  }
}
