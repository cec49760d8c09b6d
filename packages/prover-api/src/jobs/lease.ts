// SPDX-License-Identifier: Apache-2.0
import type { ProverContext } from "../context.ts";
import { after } from "../database/sql-clock.ts";
import { refuse } from "../refusal.ts";

/** Extends a lease by its full term, also one that ran out if nobody else took the job. Returns the term in milliseconds. */
export async function renewLease(context: ProverContext, lease: string): Promise<number> {
  const row = await context.db
    .updateTable("tee_proof_generation_details")
    .set({
      status: "picked_by_prover",
      lease_until: after(context.clock, context.rules.leaseMs),
      updated_at: context.clock(),
    })
    .where("lease_id", "=", lease)
    .where("status", "in", ["picked_by_prover", "unpicked"])
    .returning("l1_batch_number")
    .executeTakeFirst();
  if (row === undefined) refuse("stale_lease", "expected a lease that holds a job");
  return context.rules.leaseMs;
}

/**
 * Gives a job back unused. A lease that holds nothing is as released as can be, so this never refuses. The id is noted first: a gateway
 * that stops releases the lease of a claim whose answer it did not wait for, and that claim may still be waiting here, or behind a
 * proxy that did not notice. Either this finds the job, or the claim finds the note.
 */
export async function releaseLease(context: ProverContext, lease: string): Promise<void> {
  await context.db
    .insertInto("tee_released_leases")
    .values({ lease_id: lease, released_at: context.clock() })
    .onConflict((conflict) => conflict.column("lease_id").doNothing())
    .execute();
  const row = await context.db
    .updateTable("tee_proof_generation_details")
    .set({
      status: "unpicked",
      holder: null,
      lease_id: null,
      lease_until: null,
      updated_at: context.clock(),
    })
    .where("lease_id", "=", lease)
    .where("status", "in", ["picked_by_prover", "unpicked"])
    .returning("l1_batch_number")
    .executeTakeFirst();
  if (row !== undefined) context.work.notify();
}

/** Was this lease given back? To be asked after a grant. */
export async function isReleased(context: ProverContext, lease: string): Promise<boolean> {
  const row = await context.db
    .selectFrom("tee_released_leases")
    .select("lease_id")
    .where("lease_id", "=", lease)
    .executeTakeFirst();
  return row !== undefined;
}

/** How long a released lease is remembered: longer than any claim waits. */
const RELEASES_KEPT_MS = 3_600_000;

/** Forgets releases that no claim can be waiting for any more. */
export async function forgetReleases(context: ProverContext): Promise<void> {
  await context.db
    .deleteFrom("tee_released_leases")
    .where("released_at", "<", after(context.clock, -RELEASES_KEPT_MS))
    .execute();
}
