// SPDX-License-Identifier: Apache-2.0
import { refuseLargeReply } from "./command-error.ts";
import { REPLY_BYTES_MAX } from "./limits.ts";

/** How a client wants its answers: as Redis gave them up to version 5, or with the types that came with HELLO 3. */
export type RespVersion = 2 | 3;

/** Most answers of a pipeline fit; Node takes buffers up to this size from a pool. */
const BUFFER_BYTES_MIN = 1024;

const NOTHING = Buffer.alloc(0);

/** A line end inside a simple string or an error would begin another answer, and each character is written as one byte. */
const NOT_IN_LINES = /[^\x20-\x7e\x80-\xff]+/g;

/**
 * Writes answers one behind the other, so that all of a pipeline leave with one write to the socket.
 *
 * @example
 * const writer = new ReplyWriter();
 * writer.simple("OK").bulk(value).integer(7);
 * socket.write(writer.take());
 */
export class ReplyWriter {
  version: RespVersion = 2;
  #buffer = NOTHING;
  #length = 0;
  /** Of the answer that is being written: bytes of its values. */
  #valueBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written. The writer is empty afterwards and keeps nothing of it. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#buffer = NOTHING;
    this.#length = 0;
    return bytes;
  }

  /** What is written from now on is another answer. Where it begins, for {@link ReplyWriter.takeBack}. */
  begin(): number {
    this.#valueBytes = 0;
    return this.#length;
  }

  /** Forgets what was written since it was so long. */
  takeBack(length: number): void {
    this.#length = length;
  }

  simple(text: string): this {
    return this.#line(`+${text.replace(NOT_IN_LINES, " ")}\r\n`);
  }

  /** @param text code in capitals, a space, and what is wrong. */
  error(text: string): this {
    return this.#line(`-${text.replace(NOT_IN_LINES, " ")}\r\n`);
  }

  integer(number: number | bigint): this {
    return this.#line(`:${number}\r\n`);
  }

  /**
   * Null: there is none.
   *
   * @throws CommandError for more in one answer than an answer may have, as the same value many times over.
   */
  bulk(value: Uint8Array | string | null): this {
    if (value === null) return this.null();
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    if (this.#valueBytes + bytes.length > REPLY_BYTES_MAX) {
      refuseLargeReply(this.#valueBytes + bytes.length);
    }
    this.#valueBytes += bytes.length;
    this.#line(`$${bytes.length}\r\n`);
    this.#reserve(bytes.length + 2);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this.#line("\r\n");
  }

  null(): this {
    return this.#line(this.version === 3 ? "_\r\n" : "$-1\r\n");
  }

  /** In RESP2 an array that is not there is not the same as a string that is not there. */
  nullArray(): this {
    return this.#line(this.version === 3 ? "_\r\n" : "*-1\r\n");
  }

  /** So many answers follow. */
  array(count: number): this {
    return this.#line(`*${count}\r\n`);
  }

  /** So many pairs follow. */
  map(count: number): this {
    return this.version === 3 ? this.#line(`%${count}\r\n`) : this.array(2 * count);
  }

  set(count: number): this {
    return this.version === 3 ? this.#line(`~${count}\r\n`) : this.array(count);
  }

  /** Text for people. */
  verbatim(text: string): this {
    if (this.version === 2) return this.bulk(text);
    const bytes = Buffer.from(`txt:${text}`);
    return this.#line(`=${bytes.length}\r\n`).#line(`${bytes.toString("latin1")}\r\n`);
  }

  /** Of characters up to U+00FF. */
  #line(text: string): this {
    this.#reserve(text.length);
    this.#length += this.#buffer.write(text, this.#length, "latin1");
    return this;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * (this.#length + more), BUFFER_BYTES_MIN));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
