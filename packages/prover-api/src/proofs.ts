// SPDX-License-Identifier: Apache-2.0
/** The read side: proofs for skeptics, jobs for operators. */
import { toHex } from "@zeta/protocol/hex";
import type { BatchInput, JobRow, JobsAnswer, ProofRow, ProofsAnswer } from "@zeta/tee-api/answers";
import { PAGE_ROWS_MAX } from "@zeta/tee-api/limits";
import type { JobsQuery, ProofsQuery } from "@zeta/tee-api/requests";
import type { Selectable } from "kysely";
import type { BatchRow } from "./batches.ts";
import type { ProverContext } from "./context.ts";
import type { JobsTable } from "./database/schema.ts";

/** A batch as it stands on the wire. */
export function batchInputOf(batch: BatchRow): BatchInput {
  return {
    batch_number: batch.number,
    service: batch.service,
    previous_root: toHex(batch.previous_root),
    root: toHex(batch.root),
    receipts_root: toHex(batch.receipts_root),
    digest: toHex(batch.digest),
    bytes: batch.bytes,
  };
}

/** One page of proofs, whole batches at a time. Batches that no gateway asked for yet have no row. */
export async function listProofs(
  context: ProverContext,
  query: ProofsQuery,
): Promise<ProofsAnswer> {
  const { rows, next } = await jobPage(context, { ...query, status: undefined });
  return { proofs: rows.map(proofRowOf), next };
}

/** One page of jobs, whole batches at a time. */
export async function listJobs(context: ProverContext, query: JobsQuery): Promise<JobsAnswer> {
  const { rows, next } = await jobPage(context, { ...query, to: undefined });
  return { jobs: rows.map(jobRowOf), next };
}

interface PageQuery {
  readonly from?: number;
  readonly to?: number | undefined;
  readonly tee_type?: ProofsQuery["tee_type"] | undefined;
  readonly status?: JobsQuery["status"] | undefined;
  readonly limit?: number;
}

async function jobPage(context: ProverContext, query: PageQuery) {
  const limit = query.limit ?? PAGE_ROWS_MAX;
  let wanted = context.db.selectFrom("tee_proof_generation_details as job");
  if (query.from !== undefined) wanted = wanted.where("job.l1_batch_number", ">=", query.from);
  if (query.to !== undefined) wanted = wanted.where("job.l1_batch_number", "<=", query.to);
  if (query.tee_type !== undefined) wanted = wanted.where("job.tee_type", "=", query.tee_type);
  if (query.status !== undefined) wanted = wanted.where("job.status", "=", query.status);
  const numbers = await wanted
    .select("job.l1_batch_number as number")
    .distinct()
    .orderBy("number")
    .limit(limit + 1)
    .execute();
  const next = numbers.length > limit ? (numbers[limit]?.number ?? null) : null;
  const page = numbers.slice(0, limit).map((row) => row.number);
  if (page.length === 0) return { rows: [], next: null };
  const rows = await wanted
    .where("job.l1_batch_number", "in", page)
    .innerJoin("batches", "batches.number", "job.l1_batch_number")
    .leftJoin("tee_attestations as quote", (join) =>
      join
        .onRef("quote.pubkey", "=", "job.pubkey")
        .onRef("quote.digest", "=", "job.attestation_digest"),
    )
    .selectAll("batches")
    .select([
      "job.tee_type",
      "job.status",
      "job.form",
      "job.pubkey",
      "job.signature",
      "job.proof",
      "job.proved_at",
      "job.attempts",
      "job.expiries",
      "job.error",
      "job.holder",
      "job.lease_until",
      "job.retry_at",
      "job.updated_at",
      "quote.attestation",
      "quote.revoked_at",
    ])
    .orderBy("job.l1_batch_number")
    .orderBy("job.tee_type")
    .execute();
  return { rows, next };
}

type JoinedRow = BatchRow &
  Pick<
    Selectable<JobsTable>,
    | "tee_type"
    | "status"
    | "form"
    | "pubkey"
    | "signature"
    | "proof"
    | "proved_at"
    | "attempts"
    | "expiries"
    | "error"
    | "holder"
    | "lease_until"
    | "retry_at"
    | "updated_at"
  > & { readonly attestation: Uint8Array | null; readonly revoked_at: Date | null };

function proofRowOf(row: JoinedRow): ProofRow {
  return {
    ...batchInputOf(row),
    tee_type: row.tee_type,
    status: row.status,
    form: row.form,
    pubkey: hexOrNull(row.pubkey),
    signature: hexOrNull(row.signature),
    proof: hexOrNull(row.proof),
    attestation: hexOrNull(row.attestation),
    attestation_revoked: row.revoked_at !== null,
    proved_at: row.proved_at?.toISOString() ?? null,
    attempts: row.attempts,
    error: row.error,
  };
}

function jobRowOf(row: JoinedRow): JobRow {
  const isHeld = row.status === "picked_by_prover";
  return {
    batch_number: row.number,
    tee_type: row.tee_type,
    status: row.status,
    holder: isHeld ? row.holder : null,
    lease_until: isHeld ? (row.lease_until?.toISOString() ?? null) : null,
    attempts: row.attempts,
    expiries: row.expiries,
    retry_at: row.retry_at?.toISOString() ?? null,
    error: row.error,
    updated_at: row.updated_at.toISOString(),
  };
}

function hexOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : toHex(bytes);
}
