// SPDX-License-Identifier: Apache-2.0

import type { ProofForm } from "@zeta/tee-api/answers";
import type { JobStatus } from "@zeta/tee-api/requests";
import type { TeeType } from "@zeta/tee-api/tee-type";
import type { ColumnType, Generated } from "kysely";

/** The tables as kysely sees them. Bytes are BYTEA, instants TIMESTAMPTZ, batch numbers BIGINT read as (safe) numbers. */
export interface Tables {
  batches: BatchesTable;
  batch_blobs: BatchBlobsTable;
  tee_attestations: AttestationsTable;
  tee_proof_generation_details: JobsTable;
  tee_released_leases: ReleasedLeasesTable;
}

type Instant = ColumnType<Date, Date | undefined, Date>;
type Bytes = Uint8Array;

/** Where work comes from: one row per sealed batch. */
export interface BatchesTable {
  number: number;
  service: string;
  previous_root: Bytes;
  root: Bytes;
  receipts_root: Bytes;
  /** SHA-256 of the data: its name in the blob store. */
  digest: Bytes;
  bytes: number;
  sealed_at: Instant;
}

/** Batch data, when the blob store is this database. */
export interface BatchBlobsTable {
  digest: Bytes;
  data: Bytes;
}

/** Several attestations a key, each with its window; a revocation keeps the row, so that old proofs show it. */
export interface AttestationsTable {
  pubkey: Bytes;
  digest: Bytes;
  attestation: Bytes;
  tee_type: TeeType;
  valid_until: Date | null;
  revoked_at: Date | null;
  created_at: Instant;
}

/** One row per batch and TEE type, made when the batch is first given out. */
export interface JobsTable {
  l1_batch_number: number;
  tee_type: TeeType;
  status: JobStatus;
  signature: Bytes | null;
  proof: Bytes | null;
  pubkey: Bytes | null;
  attestation_digest: Bytes | null;
  form: ProofForm | null;
  created_at: Instant;
  updated_at: Instant;
  prover_taken_at: Date | null;
  proved_at: Date | null;
  /** Who holds the lease, null when nobody does. */
  holder: string | null;
  /** Kept after an expiry until somebody else takes the job: a late proof of the last holder is still welcome. */
  lease_id: string | null;
  lease_until: Date | null;
  /** Failures reported by provers. */
  attempts: Generated<number>;
  /** Leases that ran out: the prover vanished. */
  expiries: Generated<number>;
  /** A failed job is not given out before. */
  retry_at: Date | null;
  error: string | null;
}

/** Leases that were given back, for a while: a claim that is still waiting somewhere must not be granted under one of them. */
export interface ReleasedLeasesTable {
  lease_id: string;
  released_at: Instant;
}
