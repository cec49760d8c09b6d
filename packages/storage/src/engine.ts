// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from "./storage.ts";

/** What an engine is opened with. */
export interface EngineOptions {
  readonly serviceId: string;
  readonly isReadOnly: boolean;
}

/** Which entries of the journal: numbers from `start` to below `end`. */
export interface EntryRange {
  readonly start: number;
  readonly end: number;
}

/** What an engine writes at once for a checkpoint. */
export interface SavedCheckpoint {
  readonly head: Uint8Array;
  /** Packed changes (`change-blocks.ts`), to be applied in their order. */
  readonly blocks: readonly Uint8Array[];
  /** These entries go. */
  readonly forgotten: EntryRange;
}

/**
 * What differs between the places: how bytes are read and written. An engine is called by one `JournaledStorage`, which numbers the
 * journal's entries without gaps for as long as the place exists, makes one write after the other, reads nothing while it writes, and
 * checks what comes back. A method that rejects ends all writing.
 */
export interface StorageEngine {
  readonly place: string;
  /** The head as it was last written, null in a new place. */
  head(): Promise<Uint8Array | null>;
  /** The number after the last entry's; null: there is none. */
  journalEnd(): Promise<number | null>;
  records(): AsyncIterable<readonly StoredRecord[]>;
  names(): AsyncIterable<readonly Uint8Array[]>;
  /** Framed pages in the order of their numbers. */
  pages(): AsyncIterable<Uint8Array>;
  /** Framed entries in their order, whichever are there. */
  entries(range: EntryRange): AsyncIterable<Uint8Array>;
  /** Resolves when the framed entries, the first of which has number `first`, are durable. */
  writeEntries(first: number, entries: readonly Uint8Array[]): Promise<void>;
  /** All or nothing; resolves when it is durable. */
  writeCheckpoint(checkpoint: SavedCheckpoint): Promise<void>;
  /** Lets others have the place; also after a failed write. */
  close(): Promise<void>;
}
