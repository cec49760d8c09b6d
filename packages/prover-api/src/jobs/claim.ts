// SPDX-License-Identifier: Apache-2.0
/**
 * Giving out work. Two steps, each one statement: first the oldest existing row that is open (given back, expired, or failed with its
 * wait over), then the oldest batch without a row. SKIP LOCKED lets claimers pass each other; the primary key decides what a stale
 * snapshot could not see, and the loser looks again instead of going away empty-handed.
 */
import { toHex } from "@zeta/protocol/hex";
import type { TeeType } from "@zeta/tee-api/tee-type";
import { type Selectable, sql } from "kysely";
import { type BatchRow, findBatch } from "../batches.ts";
import type { ProverContext } from "../context.ts";
import type { JobsTable } from "../database/schema.ts";
import { after } from "../database/sql-clock.ts";
import { refuse } from "../refusal.ts";
import { expireLeases } from "./expire.ts";
import { retryDelayMs } from "./job-rules.ts";
import { isReleased, releaseLease } from "./lease.ts";

export interface Claim {
  readonly teeType: TeeType;
  /** Who asks: the key in hex. */
  readonly holder: string;
  /** 16 bytes in hex, fresh for each job. */
  readonly lease: string;
}

export interface ClaimedJob {
  readonly batch: BatchRow;
  readonly lease: string;
  readonly leaseMs: number;
  /** 1 for the first. */
  readonly attempt: number;
}

type JobRow = Selectable<JobsTable>;
type PickedRow = Pick<JobRow, "l1_batch_number" | "attempts" | "expiries" | "created_at">;

/** How often a claimer that lost a race, or met a batch without data, looks again in one request. */
const ROUNDS_MAX = 8;

/** Leases the oldest batch that needs work, or returns null when there is none now, or nobody waits for it any more. */
export async function claimJob(context: ProverContext, claim: Claim): Promise<ClaimedJob | null> {
  const job = await pick(context, claim);
  if (job === null || !(await isReleased(context, claim.lease))) return job;
  await releaseLease(context, claim.lease);
  return null;
}

async function pick(context: ProverContext, claim: Claim): Promise<ClaimedJob | null> {
  await expireLeases(context);
  const again = await pickSame(context, claim);
  if (again !== null) return jobOf(context, claim, again);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const picked = (await pickExisting(context, claim)) ?? (await pickNew(context, claim));
    if (picked === null) {
      if (!(await hasUnclaimed(context, claim.teeType))) return null;
      continue;
    }
    const job = await jobOf(context, claim, picked);
    if (await hasData(context, job)) return job;
    await setMissing(context, picked, claim);
  }
  return null;
}

/** The claim whose answer was lost: the gateway asks again with the same lease id. */
async function pickSame(context: ProverContext, claim: Claim): Promise<PickedRow | null> {
  const row = await context.db
    .updateTable("tee_proof_generation_details")
    .set({ status: "picked_by_prover", lease_until: after(context.clock, context.rules.leaseMs) })
    .where("lease_id", "=", claim.lease)
    .where("tee_type", "=", claim.teeType)
    .where("holder", "=", claim.holder)
    .where("status", "in", ["picked_by_prover", "unpicked"])
    .returning(["l1_batch_number", "attempts", "expiries", "created_at"])
    .executeTakeFirst();
  return row ?? null;
}

async function pickExisting(context: ProverContext, claim: Claim): Promise<PickedRow | null> {
  const { clock, rules } = context;
  const { rows } = await sql<PickedRow>`
    UPDATE tee_proof_generation_details
    SET status = 'picked_by_prover', holder = ${claim.holder}, lease_id = ${claim.lease},
      lease_until = ${after(clock, rules.leaseMs)}, prover_taken_at = ${clock()},
      updated_at = ${clock()}, retry_at = NULL
    WHERE tee_type = ${claim.teeType} AND l1_batch_number = (
      SELECT l1_batch_number FROM tee_proof_generation_details
      WHERE tee_type = ${claim.teeType} AND l1_batch_number >= ${rules.firstProcessedBatch}
        AND status IN ('unpicked', 'failed') AND (status = 'unpicked' OR retry_at <= ${clock()})
      ORDER BY l1_batch_number LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING l1_batch_number, attempts, expiries, created_at`.execute(context.db);
  return rows[0] ?? null;
}

async function pickNew(context: ProverContext, claim: Claim): Promise<PickedRow | null> {
  const { clock, rules, frontier } = context;
  const { rows } = await sql<PickedRow>`
    INSERT INTO tee_proof_generation_details (l1_batch_number, tee_type, status, holder, lease_id,
      lease_until, prover_taken_at, created_at, updated_at)
    SELECT number, ${claim.teeType}, 'picked_by_prover', ${claim.holder}, ${claim.lease},
      ${after(clock, rules.leaseMs)}, ${clock()}, ${clock()}, ${clock()}
    FROM batches WHERE number >= ${frontier.bound(claim.teeType)} AND NOT EXISTS (
      SELECT 1 FROM tee_proof_generation_details
      WHERE l1_batch_number = number AND tee_type = ${claim.teeType})
    ORDER BY number LIMIT 1 FOR NO KEY UPDATE OF batches SKIP LOCKED
    ON CONFLICT (l1_batch_number, tee_type) DO NOTHING
    RETURNING l1_batch_number, attempts, expiries, created_at`.execute(context.db);
  if (rows[0] !== undefined && frontier.isLookDue(claim.teeType)) {
    await hasUnclaimed(context, claim.teeType);
  }
  return rows[0] ?? null;
}

/** Is there a batch without a row, locked or not? Raises the frontier on the way. */
async function hasUnclaimed(context: ProverContext, teeType: TeeType): Promise<boolean> {
  const { rows } = await sql<{ number: number }>`
    SELECT number FROM batches WHERE number >= ${context.frontier.bound(teeType)} AND NOT EXISTS (
      SELECT 1 FROM tee_proof_generation_details
      WHERE l1_batch_number = number AND tee_type = ${teeType})
    ORDER BY number LIMIT 1`.execute(context.db);
  if (rows[0] !== undefined) context.frontier.raise(teeType, rows[0].number);
  return rows[0] !== undefined;
}

async function jobOf(context: ProverContext, claim: Claim, picked: PickedRow): Promise<ClaimedJob> {
  const batch = await findBatch(context, picked.l1_batch_number);
  if (batch === undefined) throw new Error(`job of batch ${picked.l1_batch_number} has no batch`);
  const attempt = picked.attempts + picked.expiries + 1;
  return { batch, lease: claim.lease, leaseMs: context.rules.leaseMs, attempt };
}

/** A store that does not answer says nothing about the batch: the job goes back, the gateway is told to come again. */
async function hasData(context: ProverContext, job: ClaimedJob): Promise<boolean> {
  try {
    return await context.blobs.has(toHex(job.batch.digest));
  } catch (error) {
    await releaseLease(context, job.lease);
    return refuse("store_unavailable", "the batch store does not answer", error);
  }
}

/** No data: tried again for a while (it may be on its way from another region), then given up. */
async function setMissing(context: ProverContext, picked: PickedRow, claim: Claim): Promise<void> {
  const { clock, rules } = context;
  const error = "batch data is missing";
  const attempts = picked.attempts + 1;
  const { rows } = await sql<{ status: string }>`
    UPDATE tee_proof_generation_details
    SET status = CASE WHEN ${clock()} - created_at > ${rules.ignoredAfterMs / 1000} * interval '1 second'
        THEN 'permanently_ignored' ELSE 'failed' END,
      error = ${error}, retry_at = ${after(clock, retryDelayMs(rules, attempts))},
      holder = NULL, lease_id = NULL, lease_until = NULL, updated_at = ${clock()}
    WHERE l1_batch_number = ${picked.l1_batch_number} AND tee_type = ${claim.teeType}
      AND lease_id = ${claim.lease}
    RETURNING status`.execute(context.db);
  context.log.warn({ batch: picked.l1_batch_number, status: rows[0]?.status }, error);
}
