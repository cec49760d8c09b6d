// SPDX-License-Identifier: Apache-2.0
import { type Kysely, type Migration, Migrator, sql } from "kysely";
import type { Tables } from "./schema.ts";

/** In the order of their names; a migration that was released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "2026-11-21-tables": { up: createTables, down: dropTables },
};

/** Brings the database to the newest schema. Several servers may start at once: the migrator takes a lock. */
export async function migrateToLatest(database: Kysely<Tables>): Promise<void> {
  const { error } = await migratorOf(database).migrateToLatest();
  if (error !== undefined) throw error;
}

/** For tests of the way back. */
export function migratorOf(database: Kysely<Tables>): Migrator {
  return new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  });
}

async function createTables(db: Kysely<never>): Promise<void> {
  await sql`CREATE TABLE batches (
    number BIGINT PRIMARY KEY CHECK (number >= 0),
    service TEXT NOT NULL,
    previous_root BYTEA NOT NULL CHECK (length(previous_root) = 32),
    root BYTEA NOT NULL CHECK (length(root) = 32),
    receipts_root BYTEA NOT NULL CHECK (length(receipts_root) = 32),
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    sealed_at TIMESTAMPTZ NOT NULL
  )`.execute(db);
  await sql`CREATE TABLE batch_blobs (digest BYTEA PRIMARY KEY, data BYTEA NOT NULL)`.execute(db);
  await sql`CREATE TABLE tee_attestations (
    pubkey BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    attestation BYTEA NOT NULL,
    tee_type TEXT NOT NULL,
    valid_until TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (pubkey, digest)
  )`.execute(db);
  // What a status promises about the other columns is the database's to keep, whoever writes the row.
  await sql`CREATE TABLE tee_proof_generation_details (
    l1_batch_number BIGINT NOT NULL REFERENCES batches (number),
    tee_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK
      (status IN ('unpicked', 'picked_by_prover', 'generated', 'failed', 'permanently_ignored')),
    signature BYTEA,
    proof BYTEA,
    pubkey BYTEA,
    attestation_digest BYTEA,
    form TEXT CHECK (form IN ('zeta.v1', 'zksync')),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    prover_taken_at TIMESTAMPTZ,
    proved_at TIMESTAMPTZ,
    holder TEXT,
    lease_id TEXT UNIQUE,
    lease_until TIMESTAMPTZ,
    attempts SMALLINT NOT NULL DEFAULT 0,
    expiries SMALLINT NOT NULL DEFAULT 0,
    retry_at TIMESTAMPTZ,
    error TEXT,
    PRIMARY KEY (l1_batch_number, tee_type),
    FOREIGN KEY (pubkey, attestation_digest) REFERENCES tee_attestations (pubkey, digest),
    CHECK ((status = 'generated') = (signature IS NOT NULL AND proof IS NOT NULL AND proved_at IS NOT NULL)),
    CHECK (status <> 'picked_by_prover'
      OR (lease_id IS NOT NULL AND lease_until IS NOT NULL AND holder IS NOT NULL)),
    CHECK (status <> 'failed' OR retry_at IS NOT NULL),
    CHECK (status <> 'permanently_ignored' OR error IS NOT NULL)
  )`.execute(db);
  await sql`CREATE TABLE tee_released_leases (
    lease_id TEXT PRIMARY KEY,
    released_at TIMESTAMPTZ NOT NULL
  )`.execute(db);
  await createIndexes(db);
}

/** Open jobs are few among very many finished ones. */
async function createIndexes(db: Kysely<never>): Promise<void> {
  await sql`CREATE INDEX tee_jobs_open ON tee_proof_generation_details (tee_type, l1_batch_number)
    WHERE status IN ('unpicked', 'failed')`.execute(db);
  await sql`CREATE INDEX tee_jobs_leased ON tee_proof_generation_details (lease_until)
    WHERE status = 'picked_by_prover'`.execute(db);
}

async function dropTables(db: Kysely<never>): Promise<void> {
  for (const table of [
    "tee_released_leases",
    "tee_proof_generation_details",
    "tee_attestations",
    "batch_blobs",
    "batches",
  ]) {
    await sql`DROP TABLE ${sql.id(table)}`.execute(db);
  }
}
