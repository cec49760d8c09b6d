// SPDX-License-Identifier: Apache-2.0
import { Buffer } from "node:buffer";
import type { StoredRecord } from "./record.ts";

/**
 * Finds records by their keys, so that the digest of a known key is never computed again. Engines
 * hold at most 2^24 entries in a map.
 */
export class RecordIndex {
  readonly #records = new Map<string, StoredRecord>();

  get size(): number {
    return this.#records.size;
  }

  find(name: string): StoredRecord | null {
    return this.#records.get(name) ?? null;
  }

  add(name: string, record: StoredRecord): void {
    this.#records.set(name, record);
  }
}

/** Up to this length engines turn arguments into a text faster than a buffer decodes it. */
const SHORT_KEY_BYTES_MAX = 128;

/**
 * The key as text, byte for character: one name per key, and a map of texts is the fastest there
 * is.
 */
export function nameOf(key: Uint8Array): string {
  if (key.length <= SHORT_KEY_BYTES_MAX) {
    // A typed array is array-like, which is all that apply asks for.
    return String.fromCharCode.apply(null, key as unknown as number[]);
  }
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
