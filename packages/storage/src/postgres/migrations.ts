// SPDX-License-Identifier: Apache-2.0
import { type Kysely, type Migration, Migrator, sql } from "kysely";
import type { Tables } from "./schema.ts";

export const SCHEMA = "zeta_storage";

/** In the order of their names; a migration that was released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "2026-11-21-tables": { up: createTables, down: dropTables },
  "2026-11-22-pages": { up: createPages, down: dropPages },
};

/** Brings the schema to the newest state. */
export async function migrateToLatest(database: Kysely<Tables>): Promise<void> {
  const { error } = await migratorOf(database).migrateToLatest();
  if (error !== undefined) throw error;
}

/** For tests of the way back. */
export function migratorOf(database: Kysely<Tables>): Migrator {
  return new Migrator({
    db: database,
    migrationTableSchema: SCHEMA,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  });
}

async function createTables(db: Kysely<never>): Promise<void> {
  const name = (table: string) => sql.id(SCHEMA, table);
  await sql`CREATE TABLE ${name("place")} (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    format TEXT NOT NULL,
    head BYTEA
  )`.execute(db);
  await sql`CREATE TABLE ${name("records")} (
    digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
    value BYTEA
  )`.execute(db);
  await sql`CREATE TABLE ${name("names")} (
    digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
    name BYTEA NOT NULL
  )`.execute(db);
  await sql`CREATE TABLE ${name("journal")} (
    sequence BIGINT PRIMARY KEY CHECK (sequence >= 0),
    entry BYTEA NOT NULL
  )`.execute(db);
}

async function createPages(db: Kysely<never>): Promise<void> {
  await sql`CREATE TABLE ${sql.id(SCHEMA, "pages")} (
    number BIGINT PRIMARY KEY CHECK (number >= 0),
    frame BYTEA NOT NULL
  )`.execute(db);
}

async function dropPages(db: Kysely<never>): Promise<void> {
  await sql`DROP TABLE ${sql.id(SCHEMA, "pages")}`.execute(db);
}

async function dropTables(db: Kysely<never>): Promise<void> {
  for (const table of ["journal", "names", "records", "place"]) {
    await sql`DROP TABLE ${sql.id(SCHEMA, table)}`.execute(db);
  }
}
