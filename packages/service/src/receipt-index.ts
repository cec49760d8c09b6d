// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from "node:crypto";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";

/** Where a leaf is: the shelf's number, from 0 on, and the leaf's index on it. */
export interface LeafPlace {
  readonly shelf: number;
  readonly index: number;
}

const ID_WORDS = REQUEST_ID_BYTES / 4;
/** The id, the shelf's number plus one (0: nothing stands here), the index. */
const ENTRY_WORDS = ID_WORDS + 2;
const SHELF = ID_WORDS;
const INDEX = ID_WORDS + 1;
const POSITIONS_MIN = 1024;

/**
 * From request ids to the places of their leaves: a hash table in one typed array, with linear probing. A million ids as keys of a `Map` are a
 * million strings for the garbage collector to walk over, and take three times the memory.
 */
export class ReceiptIndex {
  /** Ids are the clients' choice: without a secret somebody could choose many for one position. */
  readonly #secret = randomFillSync(new Uint32Array(ID_WORDS)).map((word) => word | 1);
  #positions: number;
  #entries: Uint32Array;
  #count = 0;

  /** @param positions a power of two; more come as they are needed */
  constructor(positions = POSITIONS_MIN) {
    this.#positions = positions;
    this.#entries = new Uint32Array(positions * ENTRY_WORDS);
  }

  get size(): number {
    return this.#count;
  }

  /** @param id the words at `words[at ..]`, as {@link readRequestId} writes them */
  find(words: Uint32Array, at: number): LeafPlace | null {
    const entry = this.#search(words, at);
    const shelf = this.#entries[entry + SHELF] as number;
    return shelf === 0 ? null : { shelf: shelf - 1, index: this.#entries[entry + INDEX] as number };
  }

  /** A place the id had before is forgotten. */
  set(words: Uint32Array, at: number, shelf: number, index: number): void {
    if (2 * (this.#count + 1) > this.#positions) this.#grow();
    const entry = this.#search(words, at);
    const entries = this.#entries;
    if (entries[entry + SHELF] === 0) this.#count++;
    for (let word = 0; word < ID_WORDS; word++) entries[entry + word] = words[at + word] as number;
    entries[entry + SHELF] = shelf + 1;
    entries[entry + INDEX] = index;
  }

  /** Forgets the id, unless its place is on another shelf. */
  delete(words: Uint32Array, at: number, shelf: number): void {
    const entry = this.#search(words, at);
    if (this.#entries[entry + SHELF] !== shelf + 1) return;
    this.#count--;
    this.#closeGap(entry);
  }

  /** The entry of the id, or the empty one where it would stand. */
  #search(words: Uint32Array, at: number): number {
    const entries = this.#entries;
    let entry = this.#home(words, at);
    while (entries[entry + SHELF] !== 0) {
      if (
        entries[entry] === words[at] &&
        entries[entry + 1] === words[at + 1] &&
        entries[entry + 2] === words[at + 2] &&
        entries[entry + 3] === words[at + 3]
      ) {
        break;
      }
      entry = this.#after(entry);
    }
    return entry;
  }

  #home(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let word = 0; word < ID_WORDS; word++) {
      hash += Math.imul(words[at + word] as number, this.#secret[word] as number);
    }
    // The high bits depend on all bits of the id, the low ones on the low ones only.
    return ((hash >>> 0) >>> (Math.clz32(this.#positions) + 1)) * ENTRY_WORDS;
  }

  #after(entry: number): number {
    const next = entry + ENTRY_WORDS;
    return next === this.#entries.length ? 0 : next;
  }

  /** Nothing stands at `gap` any more: whoever probed past it moves up (Knuth, TAOCP 3, 6.4, algorithm R). */
  #closeGap(gap: number): void {
    const entries = this.#entries;
    let empty = gap;
    for (let entry = this.#after(gap); entries[entry + SHELF] !== 0; entry = this.#after(entry)) {
      const home = this.#home(entries, entry);
      const isBetween =
        empty <= entry ? empty < home && home <= entry : empty < home || home <= entry;
      if (isBetween) continue;
      entries.copyWithin(empty, entry, entry + ENTRY_WORDS);
      empty = entry;
    }
    entries.fill(0, empty, empty + ENTRY_WORDS);
  }

  #grow(): void {
    const before = this.#entries;
    this.#positions *= 2;
    this.#entries = new Uint32Array(this.#positions * ENTRY_WORDS);
    for (let entry = 0; entry < before.length; entry += ENTRY_WORDS) {
      if (before[entry + SHELF] === 0) continue;
      const place = this.#search(before, entry);
      this.#entries.set(before.subarray(entry, entry + ENTRY_WORDS), place);
    }
  }
}

const HEX_PER_WORD = 8;

/** Writes the four words of an id of 32 lower-case hex digits to `words[at ..]`. */
export function readRequestId(id: string, words: Uint32Array, at: number): void {
  for (let word = 0; word < ID_WORDS; word++) {
    let value = 0;
    for (let i = word * HEX_PER_WORD; i < (word + 1) * HEX_PER_WORD; i++) {
      const code = id.charCodeAt(i);
      // "0" is 0x30, "a" is 0x61. Without a branch, which nobody could predict.
      value = (value << 4) | ((code & 15) + 9 * (code >> 6));
    }
    words[at + word] = value;
  }
}
