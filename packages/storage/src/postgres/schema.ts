// SPDX-License-Identifier: Apache-2.0

/** The tables as kysely sees them, all in the schema `zeta_storage`. Bytes are BYTEA, numbers BIGINT read as (safe) numbers. */
export interface Tables {
  place: PlaceTable;
  records: RecordsTable;
  names: NamesTable;
  pages: PagesTable;
  journal: JournalTable;
}

/** One row: whose data these are, and where they stand. */
export interface PlaceTable {
  id: number;
  format: string;
  head: Uint8Array | null;
}

export interface RecordsTable {
  digest: Uint8Array;
  value: Uint8Array | null;
}

/** By SHA-256, because an index of Postgres holds shorter keys than ours. */
export interface NamesTable {
  digest: Uint8Array;
  name: Uint8Array;
}

/** Framed pages by number. */
export interface PagesTable {
  number: number;
  frame: Uint8Array;
}

/** Framed entries by number. */
export interface JournalTable {
  sequence: number;
  entry: Uint8Array;
}
