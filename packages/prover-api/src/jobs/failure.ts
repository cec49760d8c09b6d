// SPDX-License-Identifier: Apache-2.0
import type { FailureKind, JobStatus } from "@zeta/tee-api/requests";
import type { TeeType } from "@zeta/tee-api/tee-type";
import type { ProverContext } from "../context.ts";
import { after } from "../database/sql-clock.ts";
import { refuse } from "../refusal.ts";
import { retryDelayMs } from "./job-rules.ts";

export interface FailureReport {
  readonly batch: number;
  readonly teeType: TeeType;
  readonly lease: string;
  readonly kind: FailureKind;
  /** ID of the check that failed, null when there is none. */
  readonly check: string | null;
  readonly error: string;
}

export interface FailureOutcome {
  readonly status: JobStatus;
  readonly attempts: number;
  readonly retryAt: Date | null;
}

/** Records that a holder could not verify its batch: a later attempt, by whoever asks then, or the end after too many. */
export async function failJob(
  context: ProverContext,
  report: FailureReport,
): Promise<FailureOutcome> {
  const { clock, rules } = context;
  const outcome = await context.db.transaction().execute(async (transaction) => {
    const job = await transaction
      .selectFrom("tee_proof_generation_details")
      .select("attempts")
      .where("l1_batch_number", "=", report.batch)
      .where("tee_type", "=", report.teeType)
      .where("lease_id", "=", report.lease)
      .where("status", "in", ["picked_by_prover", "unpicked"])
      .forUpdate()
      .executeTakeFirst();
    if (job === undefined) refuse("stale_lease", `expected the lease of batch ${report.batch}`);
    const attempts = job.attempts + 1;
    const isOver = attempts >= rules.attemptsMax;
    return transaction
      .updateTable("tee_proof_generation_details")
      .set({
        status: isOver ? "permanently_ignored" : "failed",
        attempts,
        retry_at: isOver ? null : after(clock, retryDelayMs(rules, attempts)),
        error: textOf(report),
        holder: null,
        lease_id: null,
        lease_until: null,
        updated_at: clock(),
      })
      .where("l1_batch_number", "=", report.batch)
      .where("tee_type", "=", report.teeType)
      .returning(["status", "attempts", "retry_at as retryAt"])
      .executeTakeFirstOrThrow();
  });
  context.metrics.failures.inc({ kind: report.kind });
  context.log.warn({ batch: report.batch, ...outcome, error: textOf(report) }, "batch failed");
  return outcome;
}

/** Postgres holds no text with a NUL in it, and a report that is answered 500 is sent again for ever. */
function textOf(report: FailureReport): string {
  const head = report.check === null ? report.kind : `${report.kind} ${report.check}`;
  return `${head}: ${report.error.replaceAll("\0", "\ufffd")}`;
}
