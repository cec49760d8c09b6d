// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { encodeReceipt } from "@zeta/protocol/receipt";
import type { EngineCall } from "./engine-call.ts";
import { RECEIPT_EPOCHS_MAX, RECEIPTS_MAX } from "./limits.ts";
import { refuse } from "./problem.ts";
import { ReceiptIndex, readRequestId } from "./receipt-index.ts";
import { buildReceiptPaths } from "./receipt-paths.ts";
import {
  emptyShelf,
  ID_WORDS,
  makeRoom,
  putRun,
  type ReceiptRun,
  type Shelf,
} from "./receipt-shelf.ts";

export interface ReceiptBookOptions {
  readonly receiptsMax?: number;
  readonly epochsMax?: number;
  /** Resolves in the next turn of the event loop. */
  readonly pause: () => Promise<void>;
}

/** What is known of a request id. */
export interface ReceiptPlace {
  readonly requestId: string;
  readonly thread: number;
  readonly epoch: number;
  /** Null while the epoch is not certified: until then its tree still grows. */
  readonly certificate: Uint8Array | null;
}

/** The shelf of ids whose calls have not run yet: no shelf has this number. */
const RESERVED = 2 ** 32 - 2;

/** Where each answer's leaf is, for as long as the limits allow; oldest epochs go first, whole, and never before they are certified. */
export class ReceiptBook {
  readonly #receiptsMax: number;
  readonly #epochsMax: number;
  readonly #pause: () => Promise<void>;
  readonly #places = new ReceiptIndex();
  /** The id that is being looked for. */
  readonly #id = new Uint32Array(ID_WORDS);
  readonly #shelves = new Map<number, Shelf>();
  readonly #certificates = new Map<number, Uint8Array>();
  /** Ids of shelves that are gone; they leave `#places` little by little. */
  readonly #retired: Pick<Shelf, "number" | "ids" | "count">[] = [];
  #nextNumber = 0;
  #count = 0;
  #provisional = 0;

  constructor(options: ReceiptBookOptions) {
    this.#receiptsMax = options.receiptsMax ?? RECEIPTS_MAX;
    this.#epochsMax = options.epochsMax ?? RECEIPT_EPOCHS_MAX;
    this.#pause = options.pause;
  }

  /** Receipts whose epoch is not certified yet. */
  get provisional(): number {
    return this.#provisional;
  }

  /** How long receipts are kept, for people. */
  get retention(): string {
    return `receipts are kept for ${this.#epochsMax} epochs, at most ${this.#receiptsMax} of them`;
  }

  /** May `count` more calls run? Provisional receipts cannot be given up, so their number is bounded by refusing calls. */
  hasRoom(count: number): boolean {
    return this.#provisional + count <= this.#receiptsMax;
  }

  /**
   * Takes the request ids of calls that are to run: an id that is used twice would make one receipt stand for two answers.
   *
   * @throws ZetaError `duplicate_request_id` for an id that is known already, or twice among the calls; then none is taken.
   */
  reserve(calls: readonly EngineCall[]): void {
    for (const [i, { requestId }] of calls.entries()) {
      if (requestId === null) continue;
      readRequestId(requestId, this.#id, 0);
      const place = this.#places.find(this.#id, 0);
      if (place !== null && (place.shelf === RESERVED || this.#shelves.has(place.shelf))) {
        this.release(calls.slice(0, i));
        refuse("duplicate_request_id", `expected a fresh request id, got ${requestId}`);
      }
      this.#places.set(this.#id, 0, RESERVED, 0);
    }
  }

  /** Gives the ids of calls that were refused free again, unless they ran. */
  release(calls: readonly EngineCall[]): void {
    for (const { requestId } of calls) {
      if (requestId === null) continue;
      readRequestId(requestId, this.#id, 0);
      this.#places.delete(this.#id, 0, RESERVED);
    }
  }

  /** Adds the next leaf of a thread and epoch, in log order. */
  append(
    requestId: string,
    call: { thread: number; epoch: number; function: number },
    leaf: Uint8Array,
  ): number {
    assert(leaf.length === DIGEST_BYTES, `a leaf of 32 bytes, got ${leaf.length}`);
    const shelf = this.#shelfFor(call.thread, call.epoch);
    makeRoom(shelf);
    const index = shelf.count++;
    shelf.leaves.set(leaf, index * DIGEST_BYTES);
    shelf.functions[index] = call.function;
    readRequestId(requestId, shelf.ids, index * ID_WORDS);
    this.#places.set(shelf.ids, index * ID_WORDS, shelf.number, index);
    this.#count++;
    this.#provisional++;
    this.#forget(2);
    return index;
  }

  /** The epoch is certified: its receipts can be handed out, and old ones may go. */
  certify(epoch: number, certificate: Uint8Array): void {
    this.#certificates.set(epoch, certificate);
    for (const shelf of this.#shelves.values()) {
      if (shelf.epoch === epoch) this.#provisional -= shelf.count;
    }
    this.#trim(epoch);
  }

  /** The oldest epoch that has receipts; null: none has. */
  get oldest(): number | null {
    let oldest: number | null = null;
    // Threads come to an epoch one after the other, so the first shelf need not be of the oldest epoch.
    for (const { epoch } of this.#shelves.values()) oldest = Math.min(oldest ?? epoch, epoch);
    return oldest;
  }

  /** All receipts of certified epochs after `epoch`, for who keeps them elsewhere. */
  *certifiedAfter(epoch: number): Generator<ReceiptRun> {
    for (const shelf of this.#shelves.values()) {
      if (shelf.epoch > epoch && this.#certificates.has(shelf.epoch)) yield { ...shelf, first: 0 };
    }
  }

  /** Takes back receipts of a certified epoch, before any call: oldest epochs first. An id that comes twice is the later call's. */
  restore(run: ReceiptRun, certificate: Uint8Array): void {
    assert(this.#provisional === 0, "receipts of the past before those of the present");
    const shelf = this.#shelfFor(run.thread, run.epoch);
    putRun(shelf, run);
    for (let index = run.first; index < shelf.count; index++) {
      this.#places.set(shelf.ids, index * ID_WORDS, shelf.number, index);
    }
    this.#count += run.count;
    this.#certificates.set(run.epoch, certificate);
  }

  /** All are back, the last of epoch `certified`: those that are too many or too old go. */
  finishRestore(certified: number): void {
    this.#trim(certified);
  }

  place(requestId: string): ReceiptPlace | null {
    const found = this.#find(requestId);
    if (found === null) return null;
    const { thread, epoch } = found.shelf;
    return { requestId, thread, epoch, certificate: this.#certificates.get(epoch) ?? null };
  }

  /** The binary receipt of a certified answer, null when there is none (any more). */
  async receipt(requestId: string): Promise<Uint8Array | null> {
    const found = this.#find(requestId);
    if (found === null || !this.#certificates.has(found.shelf.epoch)) return null;
    const { shelf, index } = found;
    const { count } = shelf;
    shelf.paths ??= buildReceiptPaths(shelf.leaves.subarray(0, count * DIGEST_BYTES), this.#pause);
    const paths = await shelf.paths;
    return encodeReceipt({
      requestId: Buffer.from(requestId, "hex"),
      function: shelf.functions[index] ?? 0,
      thread: shelf.thread,
      epoch: shelf.epoch,
      index: BigInt(index),
      leafCount: BigInt(count),
      path: paths.path(index),
    });
  }

  #find(requestId: string): { readonly shelf: Shelf; readonly index: number } | null {
    readRequestId(requestId, this.#id, 0);
    const place = this.#places.find(this.#id, 0);
    if (place === null) return null;
    const shelf = this.#shelves.get(place.shelf);
    return shelf === undefined ? null : { shelf, index: place.index };
  }

  #newest: Shelf[] = [];

  #shelfFor(thread: number, epoch: number): Shelf {
    const newest = this.#newest[thread];
    if (newest?.epoch === epoch) return newest;
    assert(newest === undefined || newest.epoch < epoch, "epochs of a thread in ascending order");
    const shelf = emptyShelf(this.#nextNumber++, thread, epoch);
    this.#shelves.set(shelf.number, shelf);
    this.#newest[thread] = shelf;
    return shelf;
  }

  #trim(certified: number): void {
    for (const shelf of this.#shelves.values()) {
      const isOld = shelf.epoch + this.#epochsMax <= certified;
      const isCertified = shelf.epoch <= certified;
      if (!isCertified || (!isOld && this.#count <= this.#receiptsMax)) break;
      this.#shelves.delete(shelf.number);
      this.#count -= shelf.count;
      this.#retired.push({ number: shelf.number, ids: shelf.ids, count: shelf.count });
    }
    const oldest = Math.min(certified, this.oldest ?? certified);
    for (const epoch of this.#certificates.keys()) {
      if (epoch >= oldest) break;
      this.#certificates.delete(epoch);
    }
    this.#forget(1024);
  }

  #forgotten = 0;

  /** Each new receipt pays for the removal of two old ones: no pause when a large epoch goes. */
  #forget(budget: number): void {
    for (let left = budget; left > 0; left--) {
      const oldest = this.#retired[0];
      if (oldest === undefined) return;
      if (this.#forgotten === oldest.count) {
        this.#retired.shift();
        this.#forgotten = 0;
        continue;
      }
      // The id may have been used again meanwhile: then its place is on a later shelf.
      this.#places.delete(oldest.ids, this.#forgotten++ * ID_WORDS, oldest.number);
    }
  }
}
