// SPDX-License-Identifier: Apache-2.0
import {
  ARGUMENT_FRAMING_BYTES,
  ARGUMENTS_MAX,
  BULK_BYTES_MAX,
  COMMAND_BYTES_MAX,
  INLINE_BYTES_MAX,
} from "./limits.ts";
import { parseInline } from "./parse-inline.ts";
import { RespProtocolError } from "./protocol-error.ts";

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;

/** A count or a length has at most 7 digits; Redis's own cap is that of inline commands. */
const NUMBER_BYTES_MAX = 20;

/** Of what grows chunk by chunk; also about what a socket delivers at once. */
const BUFFER_BYTES_MIN = 16_384;

const NOTHING = Buffer.alloc(0);

/** What `#number` returns when the line has not arrived to its end, and for what is no number. */
const INCOMPLETE = Number.MIN_SAFE_INTEGER;
const NOT_A_NUMBER = Number.NaN;

/** What Redis takes: INT_MAX arguments, and proto-max-bulk-len as it comes. */
const REDIS_ARGUMENTS_MAX = 2 ** 31 - 1;
const REDIS_BULK_BYTES_MAX = 512 << 20;

/**
 * Cuts what a client sends into commands: arrays of bulk strings (RESP2 and RESP3 clients send nothing else), or lines typed by hand. Arguments
 * are views of the chunks wherever one lies in a single chunk. The client controls every byte: nothing is allocated by what a length announces.
 *
 * @example
 * const parser = new RespParser();
 * parser.push(chunk);
 * for (let command = parser.next(); command !== null; command = parser.next()) run(command);
 */
export class RespParser {
  /** Unread bytes are `#data[#at .. #end)`. */
  #data: Buffer = NOTHING;
  #at = 0;
  #end = 0;
  /** Is `#data` a buffer of this parser, with room behind `#end`, and not a chunk? */
  #isOwn = false;
  #args: Buffer[] = [];
  /** Arguments of the present command that have not come; 0 between commands. */
  #missing = 0;
  /** The announced length of the next argument, -1 if it was not announced yet. */
  #length = -1;
  #commandBytes = 0;

  /** Bytes that came and are not yet part of an argument. */
  get buffered(): number {
    return this.#end - this.#at;
  }

  /** The chunk must not change afterwards: arguments are views of it. */
  push(chunk: Buffer): void {
    if (this.#at === this.#end) {
      this.#data = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#isOwn = false;
      return;
    }
    if (!this.#isOwn || this.#end + chunk.length > this.#data.length) this.#move(chunk.length);
    this.#end += chunk.copy(this.#data, this.#end);
  }

  /** Moves what is unread to a larger buffer; views of the old one stay as they are. */
  #move(more: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * (this.buffered + more), BUFFER_BYTES_MIN));
    this.#end = this.#data.copy(grown, 0, this.#at, this.#end);
    this.#at = 0;
    this.#data = grown;
    this.#isOwn = true;
  }

  /**
   * The next whole command, its name first, at least one argument; null: more bytes are needed.
   *
   * @throws RespProtocolError, after which the parser must not be used.
   */
  next(): Buffer[] | null {
    for (;;) {
      if (this.#missing === 0) {
        if (this.#at === this.#end) return null;
        if (this.#data[this.#at] !== STAR) {
          const line = this.#line();
          if (line === null || line.length > 0) return line;
          continue;
        }
        if (!this.#begin()) return null;
        if (this.#missing === 0) continue;
      }
      if (!this.#readArguments()) return null;
      const args = this.#args;
      this.#args = [];
      return args;
    }
  }

  /** Reads `*count`; a count of 0 or less is a command without arguments, which Redis passes over. */
  #begin(): boolean {
    const count = this.#number("too big mbulk count string");
    if (count === INCOMPLETE) return false;
    if (!(count <= ARGUMENTS_MAX)) {
      throw new RespProtocolError(
        `invalid multibulk length${tooMuch(count, ARGUMENTS_MAX, REDIS_ARGUMENTS_MAX, "arguments")}`,
      );
    }
    this.#missing = Math.max(count, 0);
    this.#commandBytes = 0;
    return true;
  }

  #readArguments(): boolean {
    while (this.#missing > 0) {
      if (this.#length < 0 && !this.#announce()) return false;
      const end = this.#at + this.#length;
      if (end + 2 > this.#end) return false;
      if (this.#data[end] !== CR || this.#data[end + 1] !== LF) {
        throw new RespProtocolError("expected a line end after a bulk string");
      }
      this.#args.push(this.#data.subarray(this.#at, end));
      this.#at = end + 2;
      this.#length = -1;
      this.#missing--;
    }
    return true;
  }

  /** Reads `$length`. */
  #announce(): boolean {
    if (this.#at === this.#end) return false;
    const mark = this.#data[this.#at] as number;
    if (mark !== DOLLAR) {
      const shown = mark > 0x20 && mark < 0x7f ? String.fromCharCode(mark) : `byte ${mark}`;
      throw new RespProtocolError(`expected '$', got '${shown}'`);
    }
    const length = this.#number("too big bulk count string");
    if (length === INCOMPLETE) return false;
    if (!(length >= 0 && length <= BULK_BYTES_MAX)) {
      throw new RespProtocolError(
        `invalid bulk length${tooMuch(length, BULK_BYTES_MAX, REDIS_BULK_BYTES_MAX, "bytes")}`,
      );
    }
    this.#commandBytes += length + ARGUMENT_FRAMING_BYTES;
    if (this.#commandBytes > COMMAND_BYTES_MAX) {
      throw new RespProtocolError(`expected a command of at most ${COMMAND_BYTES_MAX} bytes`);
    }
    this.#length = length;
    return true;
  }

  /** The number between the mark at `#at` and the next line end, as Redis writes it: no sign but `-`, no leading zeros. */
  #number(tooLong: string): number {
    const data = this.#data;
    let at = this.#at + 1;
    const isNegative = data[at] === MINUS && at < this.#end;
    if (isNegative) at++;
    const first = at;
    let number = 0;
    while (at < this.#end) {
      const digit = (data[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      number = 10 * number + digit;
      if (++at - first > NUMBER_BYTES_MAX) throw new RespProtocolError(tooLong);
    }
    // Either of the two bytes may not have come yet.
    if (at === this.#end || (data[at] === CR && at + 1 === this.#end)) return INCOMPLETE;
    const isEnd = data[at] === CR && data[at + 1] === LF;
    const hasLeadingZero = data[first] === ZERO && (at > first + 1 || isNegative);
    if (!isEnd || at === first || hasLeadingZero) return NOT_A_NUMBER;
    this.#at = at + 2;
    return isNegative ? -number : number;
  }

  /** A command typed as a line; empty for an empty line. */
  #line(): Buffer[] | null {
    const end = this.#data.subarray(0, this.#end).indexOf(LF, this.#at);
    const length = (end < 0 ? this.#end : end) - this.#at;
    if (length > INLINE_BYTES_MAX) throw new RespProtocolError("too big inline request");
    if (end < 0) return null;
    const isCrLf = end > this.#at && this.#data[end - 1] === CR;
    const line = this.#data.subarray(this.#at, isCrLf ? end - 1 : end);
    this.#at = end + 1;
    return parseInline(line);
  }
}

/** Behind Redis' own words, for whoever sent what Redis would have taken. */
function tooMuch(number: number, most: number, redisMost: number, unit: string): string {
  const isOurs = number > most && number <= redisMost;
  return isOurs ? `: expected at most ${most} ${unit}, got ${number}` : "";
}
