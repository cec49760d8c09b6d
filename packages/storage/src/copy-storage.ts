// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import type { Storage, StoredName, StoredPage, StoredRecord } from "./storage.ts";
import { storageError } from "./storage-errors.ts";
import { UNFINISHED_COPY } from "./unfinished-copy.ts";

/** How much was copied. */
export interface Copied {
  readonly records: number;
  readonly names: number;
  readonly pages: number;
  readonly entries: number;
}

export interface CopyOptions {
  /** Hears how far the copy is, again and again; `checkpoint` is the moment at which all of them are about to be written at once. */
  readonly onProgress?: (what: keyof Copied | "checkpoint", count: number) => void;
  /** Gives the copy up, with the signal's reason, before anything was written; once writing has begun it is finished. */
  readonly signal?: AbortSignal;
}

/** Entries that wait in memory for a slower place. */
const PENDING_BYTES_MAX = 64 << 20;

/**
 * Copies everything into an empty storage: manifest, records, names, pages and journal. All but the journal are in memory meanwhile, because a
 * checkpoint is read at once. It becomes a storage in one step at the end: what is there of a copy that was killed before is no storage
 * (`storage_unfinished`), and may be copied into again. A source without a checkpoint has only a journal.
 *
 * @throws ZetaError `storage_foreign` when `to` is not empty.
 * @example
 * const from = await openStorage("lmdb:./zeta-data/kv", { serviceId: "kv" });
 * const to = await openStorage("postgres://zeta@localhost/zeta", { serviceId: "kv" });
 * await copyStorage(from, to);
 */
export async function copyStorage(
  from: Storage,
  to: Storage,
  { onProgress = () => {}, signal }: CopyOptions = {},
): Promise<Copied> {
  if (!(await isEmpty(to))) {
    throw storageError("storage_foreign", `expected ${to.place} to be empty, got data in it`);
  }
  const manifest = await from.manifest();
  const collect = async <P, T>(
    what: keyof Copied,
    pieces: AsyncIterable<P>,
    read: (piece: P) => readonly T[],
  ): Promise<T[]> => {
    const all: T[] = [];
    if (manifest === null) return all;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      for (const one of read(piece)) all.push(one);
      onProgress(what, all.length);
    }
    return all;
  };
  const changes = await collect("records", from.records(), (some): readonly StoredRecord[] => some);
  const names = await collect("names", from.names(), (some) => some.map(nameOf));
  const pages = await collect("pages", from.pages(), (page): readonly StoredPage[] => [page]);
  signal?.throwIfAborted();
  await to.checkpoint({ manifest: UNFINISHED_COPY, changes: [], names: [] });
  const entries = await copyJournal(from, to, onProgress);
  onProgress("checkpoint", changes.length + names.length + pages.length);
  await to.checkpoint({ manifest, changes, names, pages, keepsJournal: true });
  return { records: changes.length, names: names.length, pages: pages.length, entries };
}

async function copyJournal(
  from: Storage,
  to: Storage,
  onProgress: NonNullable<CopyOptions["onProgress"]>,
): Promise<number> {
  let entries = 0;
  for await (const entry of from.journal()) {
    to.append(entry);
    entries += 1;
    if (to.pendingBytes > PENDING_BYTES_MAX) await to.flush();
    onProgress("entries", entries);
  }
  await to.flush();
  return entries;
}

function nameOf(name: Uint8Array): StoredName {
  return { name, isThere: true };
}

/** What is there of an unfinished copy goes when the next one is written. */
async function isEmpty(storage: Storage): Promise<boolean> {
  try {
    if ((await storage.manifest()) !== null) return false;
  } catch (error) {
    if (isZetaError(error, "storage_unfinished")) return true;
    throw error;
  }
  for await (const _entry of storage.journal()) return false;
  return true;
}
