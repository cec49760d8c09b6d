// SPDX-License-Identifier: Apache-2.0
import { sql } from "kysely";
import type { ProverContext } from "../context.ts";

interface ExpiredRow {
  readonly l1_batch_number: number;
  readonly tee_type: string;
  readonly status: string;
  readonly holder: string;
}

/**
 * Takes jobs back whose holders fell silent. Holder and lease id stay in the row until somebody else takes it, so a holder that was
 * only slow may still renew or submit. A batch that lost too many provers is given up: it may be what kills them.
 */
export async function expireLeases(context: ProverContext): Promise<number> {
  const { clock, rules } = context;
  const { rows } = await sql<ExpiredRow>`
    UPDATE tee_proof_generation_details
    SET expiries = expiries + 1, updated_at = ${clock()}, lease_until = NULL,
      status = CASE WHEN expiries + 1 >= ${rules.expiriesMax} THEN 'permanently_ignored' ELSE 'unpicked' END,
      error = 'lease expired ' || (expiries + 1) || ' times: its provers vanished'
    WHERE (l1_batch_number, tee_type) IN (
      SELECT l1_batch_number, tee_type FROM tee_proof_generation_details
      WHERE status = 'picked_by_prover' AND lease_until < ${clock()}
      FOR UPDATE SKIP LOCKED)
    RETURNING l1_batch_number, tee_type, status, holder`.execute(context.db);
  for (const row of rows) {
    context.metrics.leaseExpiries.inc();
    const { l1_batch_number: batch, tee_type, status, holder } = row;
    context.log.warn({ batch, tee_type, status, holder }, "lease expired");
  }
  return rows.length;
}
