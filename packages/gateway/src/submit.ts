// SPDX-License-Identifier: Apache-2.0
import type { SignedProof } from "./api/prover-api.ts";
import { CallError, isProblem } from "./call-error.ts";
import type { ProverParts } from "./parts.ts";
import { REGISTER_AGAIN, register } from "./register.ts";
import { releaseQuietly } from "./release.ts";
import { causeOf, retrying } from "./retry.ts";

/** Registrations tried for one submission; more would mean that the server forgets at once. */
const REGISTRATIONS_MAX = 3;

/**
 * Hands a kept proof in, always the same bytes, until the server has decided. Aborted: it stays in the outbox for the next start, and
 * the lease is released, so that the batch does not wait for it.
 * Never rejects because of the server.
 */
export async function submitKept(
  parts: ProverParts,
  proof: SignedProof,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, metrics, log, clock } = parts;
  const since = clock.now();
  try {
    await submitRegistered(parts, proof, signal);
    metrics.submitSeconds.observe((clock.now() - since) / 1000);
    metrics.proofs.inc();
    metrics.lastBatch.set(proof.batch);
    log.info({ batch: proof.batch }, "proof stored");
    await outbox.remove(proof);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    await settle(parts, proof, error, signal);
  } finally {
    metrics.outboxEntries.set(outbox.size);
  }
}

async function submitRegistered(
  parts: ProverParts,
  proof: SignedProof,
  signal: AbortSignal,
): Promise<void> {
  for (let registrations = 0; ; registrations++) {
    try {
      await retrying(parts.retry, "submit", signal, (inner) => parts.api.submit(proof, inner));
      return;
    } catch (error) {
      const isForgotten = isProblem(error, ...REGISTER_AGAIN);
      if (!isForgotten || registrations === REGISTRATIONS_MAX) throw error;
      // The proof's own key: it may be that of an earlier start.
      await register(parts, proof, signal);
    }
  }
}

async function settle(
  parts: ProverParts,
  proof: SignedProof,
  error: CallError,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, log } = parts;
  const facts = { batch: proof.batch, cause: causeOf(error), error: error.message };
  if (signal.aborted) {
    log.warn({ batch: proof.batch }, "proof not acknowledged yet: kept in the outbox");
    if (proof.lease !== null) await releaseQuietly(parts, proof.lease);
  } else if (isProblem(error, "already_proven")) {
    log.info(facts, "another prover was faster");
    await outbox.remove(proof);
  } else if (isProblem(error, "stale_lease")) {
    log.warn(facts, "the lease was lost: proof kept in case the batch comes again");
    await outbox.supersede(proof);
  } else {
    log.error(facts, "the server refuses the proof for good: put aside");
    await outbox.refuse(proof);
  }
}
