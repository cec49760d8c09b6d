// SPDX-License-Identifier: Apache-2.0
import type { Storage, StoredName, StoredPage, StoredRecord } from "./storage.ts";
import { storageError } from "./storage-errors.ts";

/**
 * Copies everything into an empty storage: manifest, records, names and pages as one checkpoint, then the journal. All of the former
 * are in memory meanwhile, because a checkpoint is read at once. A source without a checkpoint has only a journal.
 *
 * @throws ZetaError `storage_foreign` when `to` is not empty.
 * @example
 * const from = await openStorage("lmdb:./zeta-data", { serviceId: "kv", isReadOnly: true });
 * const to = await openStorage("postgres://zeta@localhost/zeta", { serviceId: "kv" });
 * await copyStorage(from, to);
 */
export async function copyStorage(from: Storage, to: Storage): Promise<void> {
  if (!(await isEmpty(to))) {
    throw storageError("storage_foreign", `expected ${to.place} to be empty, got data in it`);
  }
  const manifest = await from.manifest();
  if (manifest !== null) {
    const changes: StoredRecord[] = [];
    for await (const records of from.records()) changes.push(...records);
    const names: StoredName[] = [];
    for await (const piece of from.names()) {
      names.push(...piece.map((name) => ({ name, isThere: true })));
    }
    const pages: StoredPage[] = [];
    for await (const page of from.pages()) pages.push(page);
    await to.checkpoint({ manifest, changes, names, pages });
  }
  for await (const entry of from.journal()) {
    to.append(entry);
    if (to.pendingBytes > PENDING_BYTES_MAX) await to.flush();
  }
  await to.flush();
}

/** Entries that wait in memory for a slower place. */
const PENDING_BYTES_MAX = 64 << 20;

async function isEmpty(storage: Storage): Promise<boolean> {
  for await (const _entry of storage.journal()) return false;
  return (await storage.manifest()) === null;
}
