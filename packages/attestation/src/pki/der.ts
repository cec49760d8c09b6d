// SPDX-License-Identifier: Apache-2.0
/**
 * A strict reader of DER (ITU-T X.690 §10): definite minimal lengths, one-byte tags, minimal
 * integers, no trailing bytes. It reads what X.509 certificates, revocation lists and their
 * extensions are made of and nothing else. Everything it sees is attacker-controlled until a
 * signature over it has been checked.
 */

import { refuse } from "../error.ts";

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag byte of an explicit, constructed context-specific element `[n]`. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/**
 * One element: its tag, its content, and the whole of it as it stands in the input (views, not
 * copies).
 */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** Reads elements one after another from the content of a constructed element. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Is the next element's tag this one? False at the end. */
  nextIs(tag: number): boolean {
    return !this.done && this.#bytes[this.#offset] === tag;
  }

  /** The next element, whatever it is. */
  any(): DerElement {
    const start = this.#offset;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) refuse("DER_MALFORMED", "expected a one-byte tag, got a longer one");
    const length = this.#length();
    const from = this.#offset;
    if (length > this.#bytes.length - from) {
      refuse("DER_MALFORMED", `expected ${length} bytes, got ${this.#bytes.length - from}`);
    }
    this.#offset = from + length;
    return {
      tag,
      content: this.#bytes.subarray(from, this.#offset),
      whole: this.#bytes.subarray(start, this.#offset),
    };
  }

  /** The next element, which must have this tag. */
  element(tag: number): DerElement {
    const element = this.any();
    if (element.tag !== tag) {
      refuse("DER_MALFORMED", `expected tag ${hex(tag)}, got ${hex(element.tag)}`);
    }
    return element;
  }

  /** A reader over the content of the next element, which must have this tag. */
  enter(tag: number = TAG.sequence): DerReader {
    return new DerReader(this.element(tag).content);
  }

  oid(): string {
    return oidText(this.element(TAG.oid).content);
  }

  /** A non-negative integer as minimal big-endian bytes (one zero byte for 0). */
  unsignedBytes(): Uint8Array {
    return unsignedContent(this.element(TAG.integer).content);
  }

  /** A non-negative integer of at most 31 bits. */
  smallInteger(): number {
    return smallNumber(this.unsignedBytes());
  }

  boolean(): boolean {
    const { content } = this.element(TAG.boolean);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
      refuse("DER_MALFORMED", "expected a boolean of 00 or ff, got other bytes");
    }
    return content[0] === 0xff;
  }

  octetString(): Uint8Array {
    return this.element(TAG.octetString).content;
  }

  /** A bit string of whole bytes, as keys and signatures are. */
  bitString(): Uint8Array {
    const { content } = this.element(TAG.bitString);
    if (content[0] !== 0) {
      refuse("DER_MALFORMED", "expected a bit string of whole bytes, got a partial one");
    }
    return content.subarray(1);
  }

  /** UTCTime or GeneralizedTime in Zulu with seconds (RFC 5280 §4.1.2.5), as Unix milliseconds. */
  time(): number {
    const element = this.any();
    return timeOf(element.tag, String.fromCharCode(...element.content));
  }

  end(what: string): void {
    if (!this.done) refuse("DER_MALFORMED", `expected the end of ${what}, got more bytes`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) return refuse("DER_MALFORMED", "expected an element, got the end");
    this.#offset += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    // Four bytes of length are beyond any document we accept; 0x80 is the indefinite form.
    if (count === 0 || count > 3) refuse("DER_MALFORMED", "expected a definite, short length");
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 2 ** (8 * (count - 1))) {
      refuse("DER_MALFORMED", "expected the shortest form of a length, got a longer one");
    }
    return length;
  }
}

/** Reads exactly one element of this tag that fills the input. */
export function readWhole(bytes: Uint8Array, tag: number, what: string): DerElement {
  const reader = new DerReader(bytes);
  const element = reader.element(tag);
  reader.end(what);
  return element;
}

/** Checks that integer content is non-negative and minimal and strips the sign byte. */
export function unsignedContent(content: Uint8Array): Uint8Array {
  const [first, second] = content;
  if (first === undefined) return refuse("DER_MALFORMED", "expected an integer, got no bytes");
  if (first >= 0x80) refuse("DER_MALFORMED", "expected a non-negative integer, got a negative one");
  if (first !== 0 || second === undefined) return content;
  if (second < 0x80) refuse("DER_MALFORMED", "expected a minimal integer, got leading zeros");
  return content.subarray(1);
}

/** Big-endian bytes as a number, at most 31 bits. */
export function smallNumber(bytes: Uint8Array): number {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (value > 0x7fff_ffff) refuse("DER_MALFORMED", `expected a small integer, got ${value}`);
  return value;
}

/** Dotted text of an object identifier's content. */
export function oidText(content: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) refuse("DER_MALFORMED", "expected a minimal object identifier");
    value = value * 128 + (byte & 0x7f);
    if (value > 0xffff_ffff) refuse("DER_MALFORMED", "expected identifier parts of 32 bits");
    fresh = byte < 0x80;
    if (!fresh) continue;
    parts.push(value);
    value = 0;
  }
  const [first, ...rest] = parts;
  if (first === undefined || !fresh) refuse("DER_MALFORMED", "expected an object identifier");
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join(".");
}

function timeOf(tag: number, text: string): number {
  const pattern = tag === TAG.utcTime ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/;
  const match = pattern.exec(text);
  if (match === null || (tag !== TAG.utcTime && tag !== TAG.generalizedTime)) {
    return refuse("DER_MALFORMED", "expected a UTCTime or GeneralizedTime ending in Z");
  }
  const short = Number(match[1]);
  // RFC 5280 §4.1.2.5.1: two-digit years from 50 are of the 1900s.
  const year = tag === TAG.utcTime ? short + (short >= 50 ? 1900 : 2000) : short;
  const [month, day, hour, minute, second] = (match[2] ?? "").match(/\d{2}/g) ?? [];
  const date = `${String(year).padStart(4, "0")}-${month}-${day}`;
  const iso = `${date}T${hour}:${minute}:${second}.000Z`;
  const milliseconds = Date.parse(iso);
  // A date like 31 February either fails to parse or rolls over: only the exact one is taken.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== iso) {
    refuse("DER_MALFORMED", `expected a date that exists, got ${iso}`);
  }
  return milliseconds;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
