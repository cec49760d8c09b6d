// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { encodeReceipt } from "@zeta/protocol/receipt";
import { RECEIPT_EPOCHS_MAX, RECEIPTS_MAX } from "./limits.ts";
import { buildReceiptPaths, type ReceiptPaths } from "./receipt-paths.ts";

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

/** The receipts of one monitor thread in one epoch. */
interface Shelf {
  readonly number: number;
  readonly thread: number;
  readonly epoch: number;
  readonly ids: string[];
  readonly functions: number[];
  leaves: Uint8Array;
  paths: Promise<ReceiptPaths> | null;
}

/** A place is shelf number × 2^32 + index: one number per receipt instead of one object. */
const SHELF_FACTOR = 2 ** 32;

/** Where each answer's leaf is, for as long as the limits allow; oldest epochs go first, whole, and never before they are certified. */
export class ReceiptBook {
  readonly #receiptsMax: number;
  readonly #epochsMax: number;
  readonly #pause: () => Promise<void>;
  readonly #places = new Map<string, number>();
  readonly #shelves = new Map<number, Shelf>();
  readonly #certificates = new Map<number, Uint8Array>();
  /** Ids of shelves that are gone; they leave `#places` little by little. */
  readonly #retired: { readonly number: number; readonly ids: readonly string[] }[] = [];
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

  has(requestId: string): boolean {
    const place = this.#places.get(requestId);
    return place !== undefined && this.#shelves.has(Math.floor(place / SHELF_FACTOR));
  }

  /** Adds the next leaf of a thread and epoch, in log order. */
  append(
    requestId: string,
    call: { thread: number; epoch: number; function: number },
    leaf: Uint8Array,
  ): number {
    assert(leaf.length === DIGEST_BYTES, `a leaf of 32 bytes, got ${leaf.length}`);
    const shelf = this.#shelfFor(call.thread, call.epoch);
    const index = shelf.ids.length;
    if ((index + 1) * DIGEST_BYTES > shelf.leaves.length) {
      const grown = new Uint8Array(2 * shelf.leaves.length);
      grown.set(shelf.leaves);
      shelf.leaves = grown;
    }
    shelf.leaves.set(leaf, index * DIGEST_BYTES);
    shelf.ids.push(requestId);
    shelf.functions.push(call.function);
    this.#places.set(requestId, shelf.number * SHELF_FACTOR + index);
    this.#count++;
    this.#provisional++;
    this.#forget(2);
    return index;
  }

  /** The epoch is certified: its receipts can be handed out, and old ones may go. */
  certify(epoch: number, certificate: Uint8Array): void {
    this.#certificates.set(epoch, certificate);
    for (const shelf of this.#shelves.values()) {
      if (shelf.epoch === epoch) this.#provisional -= shelf.ids.length;
    }
    this.#trim(epoch);
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
    const count = shelf.ids.length;
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
    const place = this.#places.get(requestId);
    if (place === undefined) return null;
    const shelf = this.#shelves.get(Math.floor(place / SHELF_FACTOR));
    return shelf === undefined ? null : { shelf, index: place % SHELF_FACTOR };
  }

  #newest: Shelf[] = [];

  #shelfFor(thread: number, epoch: number): Shelf {
    const newest = this.#newest[thread];
    if (newest?.epoch === epoch) return newest;
    assert(newest === undefined || newest.epoch < epoch, "epochs of a thread in ascending order");
    const number = this.#nextNumber++;
    const leaves = new Uint8Array(64 * DIGEST_BYTES);
    const shelf = { number, thread, epoch, ids: [], functions: [], leaves, paths: null };
    this.#shelves.set(number, shelf);
    this.#newest[thread] = shelf;
    return shelf;
  }

  #trim(certified: number): void {
    for (const shelf of this.#shelves.values()) {
      const isOld = shelf.epoch + this.#epochsMax <= certified;
      const isCertified = shelf.epoch <= certified;
      if (!isCertified || (!isOld && this.#count <= this.#receiptsMax)) break;
      this.#shelves.delete(shelf.number);
      this.#count -= shelf.ids.length;
      this.#retired.push({ number: shelf.number, ids: shelf.ids });
    }
    // Threads come to an epoch one after the other, so the first shelf need not be of the oldest epoch.
    let oldest = certified;
    for (const { epoch } of this.#shelves.values()) oldest = Math.min(oldest, epoch);
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
      const id = oldest.ids[this.#forgotten++];
      if (id === undefined) {
        this.#retired.shift();
        this.#forgotten = 0;
        continue;
      }
      // The id may have been used again meanwhile: then its place is on a later shelf.
      const place = this.#places.get(id);
      if (place !== undefined && Math.floor(place / SHELF_FACTOR) === oldest.number) {
        this.#places.delete(id);
      }
    }
  }
}
