// SPDX-License-Identifier: Apache-2.0
import type { SignedProof } from "./api/prover-api.ts";
import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";
import { releaseAll } from "./release.ts";
import { reportFailure } from "./report-failure.ts";
import { disagreement, signProof } from "./sign-proof.ts";
import { submitKept } from "./submit.ts";
import type { Outcome } from "./verify-batch.ts";

/**
 * Everything after the verdict: report, or sign, keep and hand in. The lease is renewed until then. Rejects only when the proof cannot be
 * kept on disk; the batch is given back then, since it is not to blame.
 */
export async function finishBatch(
  parts: ProverParts,
  batch: ReadyBatch,
  outcome: Outcome,
  halt: AbortSignal,
): Promise<void> {
  try {
    const proof = await proofOf(parts, batch, outcome, halt);
    if (proof === null) return;
    await parts.outbox.put(proof);
    parts.metrics.outboxEntries.set(parts.outbox.size);
    await submitKept(parts, proof, halt);
  } catch (error) {
    await releaseAll(parts, [batch]);
    throw error;
  } finally {
    batch.held?.letGo();
  }
}

/** The signed proof; null when there is none, and the server has been told why. */
async function proofOf(
  parts: ProverParts,
  batch: ReadyBatch,
  outcome: Outcome,
  halt: AbortSignal,
): Promise<SignedProof | null> {
  if (outcome.verdict === "kept") return outcome.proof;
  const number = batch.facts?.number ?? null;
  const report = (kind: "rejected" | "error", check: string, error: string) =>
    reportFailure(parts, number, batch.lease, halt, { kind, check, error });
  if (outcome.verdict === "rejected") {
    await report("rejected", outcome.check, outcome.detail);
    return null;
  }
  if (outcome.verdict === "error") {
    await report("error", outcome.code, outcome.detail);
    return null;
  }
  const wrong = disagreement(batch, outcome);
  if (wrong !== null) {
    await report("rejected", "batch.facts", wrong);
    return null;
  }
  if (parts.settings.submits) return signProof(parts, batch, outcome);
  parts.log.info({ batch: outcome.batchNumber }, "verified; not handed in (TEE type none)");
  return null;
}
