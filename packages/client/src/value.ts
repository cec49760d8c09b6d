// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";

const TEXT = new TextDecoder();

/** Bytes that were read, which print as text. */
export class Value {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The bytes as UTF-8 text; what is not UTF-8 becomes U+FFFD, so compare `bytes`, not text. */
  toString(): string {
    return TEXT.decode(this.bytes);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Keys and values: text goes as its UTF-8 bytes. */
export type BytesLike = string | Uint8Array;

export function bytesOf(given: BytesLike): Uint8Array {
  return typeof given === "string" ? utf8(given) : given;
}
