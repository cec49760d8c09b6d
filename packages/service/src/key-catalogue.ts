// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { decodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { LISTED_BYTES_MAX, LISTED_KEYS_MAX } from "./limits.ts";

/** Hears of every call that ran, in an order in which the calls over one record ran. */
export type CallObserver = (
  functionNumber: number,
  argument: Uint8Array,
  result: Uint8Array,
) => void;

export interface CatalogueLimits {
  readonly keysMax: number;
  readonly bytesMax: number;
}

const LIMITS: CatalogueLimits = { keysMax: LISTED_KEYS_MAX, bytesMax: LISTED_BYTES_MAX };

/** One step of a walk. */
export interface CatalogueStep {
  /** Where the next step begins; 0: the walk is over. */
  readonly cursor: number;
  readonly keys: readonly Buffer[];
}

/** A key that came or went. */
export interface NameChange {
  readonly name: Uint8Array;
  readonly isThere: boolean;
}

const PUT = kvFunctionNumber("put");
const DELETE = kvFunctionNumber("delete");
const TRANSACT = kvFunctionNumber("transact");
/** How often a random place is tried before a search. */
const PICK_TRIES = 64;

/** First byte of a result (docs/formats.md §2). */
const ABSENT_BEFORE = 0;
const DONE = 1;

/**
 * The keys that have a value, for those who list them. The store cannot: it knows records by the digests of their keys. This is the host's own
 * book, written from the calls that ran; nothing about it is verified.
 *
 * A key keeps its place while it has a value, and the place of a deleted key is used again. So a walk from place 0 to the last, however slow, meets every
 * key that is there from its beginning to its end, and no place twice.
 */
export class KeyCatalogue {
  readonly #limits: CatalogueLimits;
  /** By place; undefined: free. */
  readonly #keys: (Buffer | undefined)[] = [];
  readonly #places = new Map<string, number>();
  readonly #free: number[] = [];
  #bytes = 0;
  #isComplete = true;
  /** By name: is the key there? Those that came or went since the changes were taken last; null: nobody takes them. */
  #changes: Map<string, boolean> | null = null;

  constructor(limits: CatalogueLimits = LIMITS) {
    this.#limits = limits;
  }

  /** Keys that have a value. */
  get size(): number {
    return this.#places.size;
  }

  /** Places, free ones included: so long a walk is. */
  get places(): number {
    return this.#keys.length;
  }

  /** False for good, once there were more keys than it may hold: then it does not know all. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** From now on what changes is kept for {@link KeyCatalogue.takeChanges}. @param isComplete are all keys of the past here? */
  trackChanges(isComplete: boolean): void {
    this.#isComplete &&= isComplete;
    this.#changes = new Map();
  }

  /** The keys that came or went since they were taken last. */
  takeChanges(): readonly NameChange[] {
    const changes = [...(this.#changes ?? [])];
    this.#changes?.clear();
    return changes.map(([name, isThere]) => ({ name: Buffer.from(name, "latin1"), isThere }));
  }

  /** Takes note of a call of the built-in key-value service. */
  readonly observe: CallObserver = (functionNumber, argument, result) => {
    if (functionNumber === PUT) {
      // Nearly all puts of a busy service are of known keys.
      if (result[0] === ABSENT_BEFORE) this.#noteKey(functionNumber, argument, true);
    } else if (functionNumber === DELETE) {
      if (result[0] !== ABSENT_BEFORE) this.#noteKey(functionNumber, argument, false);
    } else if (functionNumber === TRANSACT && result[0] === DONE) this.#noteWrites(argument);
  };

  #noteKey(functionNumber: number, argument: Uint8Array, isThere: boolean): void {
    const operation = decodeKvArgument(functionNumber, argument);
    assert(operation.operation !== "transact", "a call over one record");
    this.note(operation.key, isThere);
  }

  #noteWrites(argument: Uint8Array): void {
    const operation = decodeKvArgument(TRANSACT, argument);
    assert(operation.operation === "transact", "a transact");
    for (const { key, write } of operation.items) {
      if (write !== "keep") this.note(key, write !== "delete");
    }
  }

  /** The key has a value now, or none. */
  note(key: Uint8Array, isThere: boolean): void {
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
    const place = this.#places.get(name);
    if (isThere === (place !== undefined)) return;
    this.#changes?.set(name, isThere);
    if (place === undefined) this.#add(name);
    else this.#remove(name, place);
  }

  #add(name: string): void {
    const { keysMax, bytesMax } = this.#limits;
    if (this.#places.size === keysMax || this.#bytes + name.length > bytesMax) {
      this.#isComplete = false;
      return;
    }
    const place = this.#free.pop() ?? this.#keys.length;
    this.#keys[place] = Buffer.from(name, "latin1");
    this.#places.set(name, place);
    this.#bytes += name.length;
  }

  #remove(name: string, place: number): void {
    this.#keys[place] = undefined;
    this.#free.push(place);
    this.#places.delete(name);
    this.#bytes -= name.length;
  }

  /** Looks at the next `count` places from a cursor on, or as many, at least one, as hold `bytesMax` bytes of keys; any number is a cursor. */
  step(cursor: number, count: number, bytesMax = Number.POSITIVE_INFINITY): CatalogueStep {
    const end = Math.min(cursor + count, this.#keys.length);
    const keys: Buffer[] = [];
    let bytes = 0;
    let place = cursor;
    for (; place < end; place++) {
      const key = this.#keys[place];
      if (key === undefined) continue;
      bytes += key.length;
      if (bytes > bytesMax && keys.length > 0) break;
      keys.push(key);
    }
    return { cursor: place >= this.#keys.length ? 0 : place, keys };
  }

  /** Some key; null: there is none. @param random a number from 0 to below another. */
  pick(random: (end: number) => number): Buffer | null {
    if (this.size === 0) return null;
    for (let tries = 0; tries < PICK_TRIES; tries++) {
      const key = this.#keys[random(this.#keys.length)];
      if (key !== undefined) return key;
    }
    // Nearly all places are free: the next one that is not.
    const start = random(this.#keys.length);
    for (let i = 0; i < this.#keys.length; i++) {
      const key = this.#keys[(start + i) % this.#keys.length];
      if (key !== undefined) return key;
    }
    return null;
  }
}
