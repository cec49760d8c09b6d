// SPDX-License-Identifier: Apache-2.0
/**
 * Batches on their way between the main thread and one worker, in memory that both share: the main thread fills places in turn, the worker
 * takes them in the same order and writes the answers where the questions stood. One writer and one reader, so two counters are enough.
 * What crosses here is the host's own business: the monitor sees the log only, which the worker's store writes.
 */
import { assert } from "@zeta/protocol/error";
import { BATCH_MAX } from "@zeta/store/wasm/kv64-store";

/** Batches that may wait for one worker: enough that it never waits for the main thread, few enough for answers to come soon. */
export const RING_PLACES = 16;

/** What a place asks for. */
export const COMMAND = {
  /** Run the batch. */
  run: 0,
  /** Be in the epoch given, or a later one: close the one before it. */
  enterEpoch: 1,
  /** Send statistics. */
  statistics: 2,
  /** End. */
  stop: 3,
  /** For tests and for a host that lies: the first operation's value replaces the stored one, without a log entry. */
  overwrite: 4,
  /** Another warmth policy: its three numbers stand in the place. */
  warmth: 5,
} as const;

/** Positions in the header, u32 each. */
const FILLED = 0;
const TAKEN = 1;
/** The epoch of the worker's store. */
const EPOCH = 2;
/** 1 while a message to the main thread is on its way: one is enough for many answers. */
const TOLD = 3;
const PLACES = 4;
const HEADER_BYTES = 4 * (PLACES + 2 * RING_PLACES) + 48;
const WORDS_BYTES = 16 * BATCH_MAX;

/** One place of the ring; operations as in `Kv64Batch`. */
export interface RingPlace {
  readonly words: BigUint64Array;
  readonly kinds: Uint8Array;
}

/** The same memory from both sides. */
export class BatchRing {
  readonly memory: SharedArrayBuffer;
  readonly places: readonly RingPlace[];
  readonly #header: Int32Array;

  constructor(memory = new SharedArrayBuffer(ringBytes())) {
    assert(memory.byteLength === ringBytes(), `${ringBytes()} bytes, got ${memory.byteLength}`);
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    const kindsAt = HEADER_BYTES + RING_PLACES * WORDS_BYTES;
    this.places = Array.from({ length: RING_PLACES }, (_, place) => ({
      words: new BigUint64Array(memory, HEADER_BYTES + place * WORDS_BYTES, 2 * BATCH_MAX),
      kinds: new Uint8Array(memory, kindsAt + place * BATCH_MAX, BATCH_MAX),
    }));
  }

  /** Main thread: hands over the place with this number, counted without end. */
  push(number: number, command: number, argument: number): void {
    const at = PLACES + 2 * (number % RING_PLACES);
    this.#header[at] = command;
    this.#header[at + 1] = argument;
    Atomics.store(this.#header, FILLED, number + 1);
    Atomics.notify(this.#header, FILLED);
  }

  /** Worker: is the place with this number filled? With `wait` it sleeps until it is. */
  isFilled(number: number, wait: boolean): boolean {
    while (Atomics.load(this.#header, FILLED) === number) {
      if (!wait) return false;
      Atomics.wait(this.#header, FILLED, number);
    }
    return true;
  }

  /** Worker: what the place asks for. */
  read(number: number): { readonly command: number; readonly argument: number } {
    const at = PLACES + 2 * (number % RING_PLACES);
    return { command: this.#header[at] ?? 0, argument: this.#header[at + 1] ?? 0 };
  }

  /** Worker: the place is answered, and the store in this epoch. True: the main thread must be told. */
  answer(number: number, epoch: number): boolean {
    Atomics.store(this.#header, EPOCH, epoch | 0);
    Atomics.store(this.#header, TAKEN, number + 1);
    return Atomics.exchange(this.#header, TOLD, 1) === 0;
  }

  /** Main thread: it was told. Must be said before {@link BatchRing.answered} is read, or the last answer might never be seen. */
  hear(): void {
    Atomics.store(this.#header, TOLD, 0);
  }

  /** Main thread: places answered so far. */
  get answered(): number {
    return Atomics.load(this.#header, TAKEN);
  }

  /** Main thread: the epoch of the store when it gave the last answer, or a later one. */
  get epoch(): number {
    return Atomics.load(this.#header, EPOCH) >>> 0;
  }

  place(number: number): RingPlace {
    return this.places[number % RING_PLACES] as RingPlace;
  }
}

function ringBytes(): number {
  return HEADER_BYTES + RING_PLACES * (WORDS_BYTES + BATCH_MAX);
}
