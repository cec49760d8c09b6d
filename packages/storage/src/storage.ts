// SPDX-License-Identifier: Apache-2.0
import type { ZetaError } from "@zeta/protocol/error";

/** What a storage refuses with. */
export type StorageErrorCode =
  /** The place is not one of those that {@link openStorage} knows. */
  | "storage_place_invalid"
  /** Nobody answers there, or there is nothing to read. */
  | "storage_unreachable"
  /** Another process (or this one) has it open for writing. */
  | "storage_in_use"
  /** It holds something else: another format version, another service, no storage at all. */
  | "storage_foreign"
  /** A copy into it was begun and never finished. */
  | "storage_unfinished"
  /** What came back is not what was written. */
  | "storage_damaged"
  /** A write failed: the disk is full, the connection was lost. What was appended since the last flush may be lost. */
  | "storage_failed";

/** A record at rest: 32 bytes of key digest, and its value of at most `VALUE_BYTES_MAX` bytes; null: known, without a value. */
export interface StoredRecord {
  readonly digest: Uint8Array;
  readonly value: Uint8Array | null;
}

/** Whether a key is listed, by its name of at most `KEY_BYTES_MAX` bytes. */
export interface StoredName {
  readonly name: Uint8Array;
  readonly isThere: boolean;
}

/** A page by its number, any safe integer from 0 on; null: it is to be forgotten. What is on it the storage does not know. */
export interface StoredPage {
  readonly number: number;
  /** At most `PAGE_BYTES_MAX`. */
  readonly bytes: Uint8Array | null;
}

/** A new state at rest, told by its difference from the last one. Of two changes of one digest, name or page the later counts. */
export interface CheckpointContent {
  /** What the service needs to begin from here: at most `MANIFEST_BYTES_MAX` bytes, of which the storage knows nothing. Null: as if nothing was ever saved. */
  readonly manifest: Uint8Array | null;
  /** Written over what is there. */
  readonly changes: Iterable<StoredRecord>;
  /** Keys by name, for those who list them. */
  readonly names: Iterable<StoredName>;
  /** Written over what is there, for what the service keeps of its past. */
  readonly pages?: Iterable<StoredPage>;
  /** Entries appended before the call stay, as those after the checkpoint: they were copied from where they are that. */
  readonly keepsJournal?: boolean;
}

/**
 * Where a service keeps what must outlive its process: the records, names, pages and manifest of its last checkpoint, and the
 * journal of what ran since. Bytes in, bytes out; it is part of the host and trusted with nothing but keeping them.
 *
 * Everything is written in the order of the calls. Whatever is handed in is copied before the call returns. Once a write has failed
 * nothing is written any more: {@link Storage.flush} and {@link Storage.checkpoint} reject with that failure for ever.
 *
 * @example
 * const storage = await openStorage("lmdb:./zeta-data", { serviceId: "kv" });
 * for await (const records of storage.records()) restore(records);
 * for await (const entry of storage.journal()) runAgain(entry);
 * storage.append(entry);
 * await storage.flush(); // the entry survives a power cut
 */
export interface Storage {
  /** For people: the place without passwords. */
  readonly place: string;
  /** Bytes appended that are not durable yet: a service that appends faster than the disk writes refuses calls by this. */
  readonly pendingBytes: number;
  /** Why nothing is written any more, or null. */
  readonly failure: ZetaError<StorageErrorCode> | null;
  /**
   * The last checkpoint's manifest; null: nothing was ever saved.
   *
   * @throws ZetaError `storage_unfinished`: neither is known.
   */
  manifest(): Promise<Uint8Array | null>;
  /** All records as of the last checkpoint, each once, in pieces of bounded size. No checkpoint may be saved meanwhile. */
  records(): AsyncIterable<readonly StoredRecord[]>;
  /** All names that are there as of the last checkpoint, each once, likewise. */
  names(): AsyncIterable<readonly Uint8Array[]>;
  /** All pages that are there as of the last checkpoint, in the order of their numbers, likewise. */
  pages(): AsyncIterable<StoredPage & { readonly bytes: Uint8Array }>;
  /** The entries since the last checkpoint, in their order, likewise. */
  journal(): AsyncIterable<Uint8Array>;
  /** Adds an entry of at most `JOURNAL_ENTRY_BYTES_MAX` bytes; returns at once. */
  append(entry: Uint8Array): void;
  /** Resolves when every entry appended before survives a power cut (docs/storage.md says what each place makes of that). */
  flush(): Promise<void>;
  /**
   * Replaces the last checkpoint, all or nothing, durable when it resolves. Entries appended before this call are gone with it, those
   * after are kept. `content` is read before the call returns.
   */
  checkpoint(content: CheckpointContent): Promise<void>;
  /** Flushes, and lets others have the place. */
  close(): Promise<void>;
}

export interface StorageOptions {
  /** Which service's data these are: another one's are refused. */
  readonly serviceId: string;
  /** Only looks, also while another process writes: sees the last checkpoint and journal as of the opening. Makes nothing. */
  readonly isReadOnly?: boolean;
}
