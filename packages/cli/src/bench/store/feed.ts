// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { RingPlace } from "@zeta/service/cluster/batch-ring";
import { GET, PUT } from "@zeta/store/wasm/kv64-store";
import { DRAW_GET, DRAW_MODIFY, DRAW_PUT, drawnKind, recordOf } from "./draws.ts";
import { highHalf, lowHalf } from "./keys.ts";

/**
 * A worker's draws as calls, the way they cross to it: made before anything is measured, so that handing over a batch is two copies, and the
 * thread that does it leaves the cores to the workers. A read-modify-write is two calls. Each put has a value of its own.
 */
export class Feed {
  /** Draws in all. */
  readonly length: number;
  /** Two numbers per call, in halves: no BigInt is made. */
  readonly #halves: Uint32Array;
  readonly #kinds: Uint8Array;
  /** Per batch, calls before its first one; at the end the number of all calls. */
  readonly #starts: Uint32Array;
  readonly #batch: number;

  /** @param batch draws that are handed over at once */
  constructor(draws: Uint32Array, batch: number) {
    this.length = draws.length;
    this.#batch = batch;
    const calls = draws.length + count(draws, (kind) => kind !== DRAW_GET && kind !== DRAW_PUT);
    this.#halves = new Uint32Array(4 * calls);
    this.#kinds = new Uint8Array(calls);
    this.#starts = new Uint32Array(Math.ceil(draws.length / batch) + 1);
    let call = 0;
    for (const [i, draw] of draws.entries()) {
      if (i % batch === 0) this.#starts[i / batch] = call;
      const kind = drawnKind(draw);
      if (kind !== DRAW_PUT) this.#write(call++, recordOf(draw), GET);
      if (kind !== DRAW_GET) this.#write(call++, recordOf(draw), PUT);
    }
    this.#starts[this.#starts.length - 1] = call;
  }

  #write(call: number, record: number, kind: number): void {
    this.#halves[4 * call] = lowHalf(record);
    this.#halves[4 * call + 1] = highHalf(record);
    if (kind === PUT) {
      this.#halves[4 * call + 2] = call;
      this.#halves[4 * call + 3] = record;
    }
    this.#kinds[call] = kind;
  }

  /** Draws the batch with this number anew. Only for draws that are one call each. */
  renew(number: number, next: () => number): void {
    const [from, to] = [this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0];
    for (let call = from; call < to; call++) {
      const draw = next();
      const kind = drawnKind(draw);
      assert(kind !== DRAW_MODIFY, "a draw that is one call");
      this.#write(call, recordOf(draw), kind === DRAW_GET ? GET : PUT);
    }
  }

  /** Calls of the batch with this number. */
  calls(number: number): number {
    return (this.#starts[number + 1] ?? 0) - (this.#starts[number] ?? 0);
  }

  /** Draws of the batch with this number: only the last one may have fewer than the others. */
  draws(number: number): number {
    return Math.min(this.#batch, this.length - number * this.#batch);
  }

  get batches(): number {
    return this.#starts.length - 1;
  }

  write(number: number, { words, kinds }: RingPlace): void {
    const [from, to] = [this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0];
    const halves = new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
    halves.set(this.#halves.subarray(4 * from, 4 * to));
    kinds.set(this.#kinds.subarray(from, to));
  }
}

function count(draws: Uint32Array, which: (kind: number) => boolean): number {
  let found = 0;
  for (const draw of draws) if (which(drawnKind(draw))) found++;
  return found;
}
