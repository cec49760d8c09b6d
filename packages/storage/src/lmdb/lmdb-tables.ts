// SPDX-License-Identifier: Apache-2.0
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";

export type Table = Database<Buffer, Buffer>;

/** One table for each thing that is kept; all keys and values are bytes. */
export interface LmdbTables {
  readonly root: RootDatabase<Buffer, Buffer>;
  /** `format` and `head`. */
  readonly meta: Table;
  /** By digest: `00` (no value) or `01` ‖ value. */
  readonly records: Table;
  /** By SHA-256, because LMDB's keys are shorter than ours. */
  readonly names: Table;
  /** Framed pages by number (u64, big endian); null: a place of the format before, which is only read. */
  readonly pages: Table | null;
  /** Framed entries by number (u64, big endian, so that they lie in their order). */
  readonly journal: Table;
}

export const FORMAT_KEY = Buffer.from("format");
export const HEAD_KEY = Buffer.from("head");

const BINARY = { keyEncoding: "binary", encoding: "binary" } as const;

/** Tables that are in an environment already, whoever made it; lmdb-js ends their names with a zero byte. */
export function tableNames(root: RootDatabase<Buffer, Buffer>): string[] {
  return [...root.getKeys()].map((name) => name.toString("utf8").replace(/\0$/, ""));
}

export function openRoot(directory: string): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    path: directory,
    ...BINARY,
    // A directory whose name has a dot is still a directory.
    noSubdir: false,
    // A commit is durable when it resolves, in the way of LMDB itself; measured, the other way is no faster for us.
    overlappingSync: false,
    // Else the library gathers the writes of a turn behind a promise that it hands to nobody: a commit that fails ends the process.
    eventTurnBatching: false,
    // What is left of other memory in unused parts of a page is zeroed: these files are copied about.
    noMemInit: false,
  });
}

/** Opens our tables, which makes those that are missing, except `pages` for who may make nothing. */
export function openTables(
  root: RootDatabase<Buffer, Buffer>,
  directory: string,
  isReadOnly: boolean,
): LmdbTables {
  const table = (name: string) => root.openDB<Buffer, Buffer>(name, BINARY);
  const hasPages = !isReadOnly || tableNames(root).includes("pages");
  const tables = {
    root,
    meta: table("meta"),
    records: table("records"),
    names: table("names"),
    pages: hasPages ? table("pages") : null,
    journal: table("journal"),
  };
  for (const file of ["data.mdb", "lock.mdb"]) chmodSync(join(directory, file), 0o600);
  return tables;
}
