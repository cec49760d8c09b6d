// SPDX-License-Identifier: Apache-2.0
import type { TeeType } from "@zeta/tee-api/tee-type";
import type { ProverContext } from "../context.ts";
import { refuse } from "../refusal.ts";

/** An operator's second chance for a batch: all counters start again. A batch somebody works on is left alone. */
export async function requeueJob(
  context: ProverContext,
  batch: number,
  teeType: TeeType,
): Promise<void> {
  const row = await context.db
    .updateTable("tee_proof_generation_details")
    .set({
      status: "unpicked",
      attempts: 0,
      expiries: 0,
      retry_at: null,
      error: null,
      holder: null,
      lease_id: null,
      updated_at: context.clock(),
    })
    .where("l1_batch_number", "=", batch)
    .where("tee_type", "=", teeType)
    .where("status", "in", ["unpicked", "failed", "permanently_ignored"])
    .returning("l1_batch_number")
    .executeTakeFirst();
  if (row !== undefined) {
    context.work.notify();
    return;
  }
  const job = await context.db
    .selectFrom("tee_proof_generation_details")
    .select("status")
    .where("l1_batch_number", "=", batch)
    .where("tee_type", "=", teeType)
    .executeTakeFirst();
  if (job === undefined) refuse("unknown_job", `no job of batch ${batch} for ${teeType}`);
  if (job.status === "generated") refuse("already_proven", `batch ${batch} is proven`);
}
