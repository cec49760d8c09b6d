// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import type { CheckpointStatement } from "@zeta/protocol/checkpoint";
import { ZetaError } from "@zeta/protocol/error";
import type { Storage, StoredPage } from "@zeta/storage/storage";
import type { ReceiptRun } from "../receipt-shelf.ts";
import type { ServedInstance } from "../served-instance.ts";
import { certificatePages, decodePastPage, type PastPage, receiptPages } from "./past-page.ts";

/** Who answers for the past. */
type Keeper = Pick<ServedInstance, "certificates" | "receipts">;

/** A page of the storage, and the last epoch on it. */
interface KeptPage {
  readonly number: number;
  readonly kind: PastPage["kind"];
  readonly last: number;
}

/**
 * Certificates and receipts of the epochs under the last checkpoint: what clients of instances that have ended may still ask for. They are
 * written with a checkpoint and not before it, because the epochs after it are certified anew by whoever goes on from it. An instance
 * keeps them as it keeps its own, by the same limits, so a page is forgotten when nothing on it is known any more.
 */
export class PastPages {
  readonly #pages: KeptPage[];
  /** The last epoch that is on pages, or under a checkpoint that had none; -1: none is. */
  #last: number;

  private constructor(pages: KeptPage[], last: number) {
    this.#pages = pages;
    this.#last = last;
  }

  /** Of a service that begins from nothing. */
  static none(): PastPages {
    return new PastPages([], -1);
  }

  /**
   * Reads the pages of a storage into an instance that goes on from its checkpoint, before any call runs.
   *
   * @throws ZetaError `storage_damaged`.
   */
  static async read(
    storage: Storage,
    instance: Keeper,
    checkpoint: CheckpointStatement,
  ): Promise<PastPages> {
    const pages: KeptPage[] = [];
    const past: Past = { certificates: [], first: 0 };
    for await (const { number, bytes } of storage.pages()) {
      const page = decoded(bytes);
      const last = page.kind === "receipts" ? restore(instance, page.runs, past) : add(page, past);
      pages.push({ number, kind: page.kind, last });
    }
    if (past.certificates.length > 0) checkEnd(past, checkpoint);
    instance.certificates.restore(past.certificates);
    instance.receipts.finishRestore(checkpoint.epoch);
    return new PastPages(pages, checkpoint.epoch);
  }

  /** What a checkpoint of this instance adds and removes; from then on it counts as written. */
  changes({ certificates, receipts }: Keeper): readonly StoredPage[] {
    const first = Math.max(this.#last + 1, certificates.first);
    const fresh = [];
    for (let epoch = first; epoch < certificates.next; epoch++) {
      fresh.push(certificates.get(epoch) as Uint8Array);
    }
    const gone = this.#forget(certificates.first, receipts.oldest ?? certificates.next);
    const added = [
      ...certificatePages(first, fresh),
      ...receiptPages(receipts.certifiedAfter(this.#last)),
    ];
    this.#last = certificates.next - 1;
    return [
      ...gone,
      ...added.map(({ kind, last, bytes }) => ({ number: this.#add(kind, last), bytes })),
    ];
  }

  #add(kind: KeptPage["kind"], last: number): number {
    const number = (this.#pages.at(-1)?.number ?? -1) + 1;
    this.#pages.push({ number, kind, last });
    return number;
  }

  /** Takes out the pages on which nothing is known any more; receipts need the certificates of their epochs. */
  #forget(firstCertificate: number, firstReceipt: number): readonly StoredPage[] {
    const first = {
      certificates: Math.min(firstCertificate, firstReceipt),
      receipts: firstReceipt,
    };
    const gone = this.#pages.filter(({ kind, last }) => last < first[kind]);
    const kept = this.#pages.filter(({ kind, last }) => last >= first[kind]);
    this.#pages.splice(0, this.#pages.length, ...kept);
    return gone.map(({ number }) => ({ number, bytes: null }));
  }
}

/** The certificates that were read so far. */
interface Past {
  readonly certificates: Uint8Array[];
  /** Epoch of the first one. */
  first: number;
}

/** Returns the last epoch of the page. */
function add(page: Extract<PastPage, { readonly kind: "certificates" }>, past: Past): number {
  if (past.certificates.length === 0) past.first = page.first;
  const expected = past.first + past.certificates.length;
  if (page.first !== expected) throw damaged(`certificates from epoch ${expected} on`, page.first);
  for (const certificate of page.certificates) past.certificates.push(certificate);
  return expected + page.certificates.length - 1;
}

/** The last certificate is the one over which the checkpoint was made. */
function checkEnd(past: Past, { epoch, previous }: CheckpointStatement): void {
  const last = past.first + past.certificates.length - 1;
  if (last !== epoch) throw damaged(`certificates up to epoch ${epoch}`, last);
  const bytes = past.certificates.at(-1) as Uint8Array;
  const { hash } = reading("a certificate", () => decodeCertificate(bytes));
  if (!equalBytes(hash, previous)) throw damaged("the checkpoint's certificate", "another");
}

/** Their certificates stand on pages before them. Returns the last epoch. */
function restore({ receipts }: Keeper, runs: readonly ReceiptRun[], past: Past): number {
  let last = 0;
  for (const run of runs) {
    const certificate = past.certificates[run.epoch - past.first];
    if (certificate === undefined) throw damaged("receipts of certified epochs", run.epoch);
    reading("receipts in their order", () => receipts.restore(run, certificate));
    // Threads come to an epoch one after the other.
    last = Math.max(last, run.epoch);
  }
  return last;
}

function decoded(bytes: Uint8Array): PastPage {
  return reading("a page of the past", () => decodePastPage(bytes));
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ZetaError("storage_damaged", `expected ${what}, got other bytes`, { cause });
  }
}

function damaged(expected: string, got: number | string): ZetaError {
  return new ZetaError("storage_damaged", `expected ${expected}, got ${got}`);
}
