// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import type { SignedProof } from "./api/prover-api.ts";
import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";
import { releaseAll } from "./release.ts";
import { provesFacts } from "./sign-proof.ts";
import type { Verdict } from "./verify/verifier.ts";

/** What became of a batch: a verdict, no verdict because the verifier failed, or no need of one. */
export type Outcome =
  | Verdict
  | { readonly verdict: "error"; readonly code: string; readonly detail: string }
  | { readonly verdict: "kept"; readonly proof: SignedProof };

/** Verifies one batch. Null when it was given up, with the lease back where it is still ours. */
export async function verifyBatch(
  parts: ProverParts,
  batch: ReadyBatch,
  halt: AbortSignal,
): Promise<Outcome | null> {
  const { clock, metrics, log } = parts;
  const kept = keptProof(parts, batch);
  if (kept !== null) return { verdict: "kept", proof: kept };
  const since = clock.now();
  const lost = batch.held?.lost;
  const signal = lost === undefined ? halt : AbortSignal.any([halt, lost]);
  const observe = (result: string) =>
    metrics.verifySeconds.observe({ result }, (clock.now() - since) / 1000);
  try {
    const verdict = await parts.verifier.verify({ facts: batch.facts, data: batch.data }, signal);
    observe(verdict.verdict);
    return verdict;
  } catch (error) {
    if (!isZetaError(error)) {
      // A mistake of ours, not of the batch.
      await releaseAll(parts, [batch]);
      throw error;
    }
    if (!signal.aborted) {
      observe("error");
      return { verdict: "error", code: error.code, detail: error.message };
    }
    log.warn({ batch: batch.facts?.number, lost: lost?.aborted }, "verification given up");
    if (lost?.aborted === true) batch.held?.letGo();
    else await releaseAll(parts, [batch]);
    return null;
  }
}

/** A proof of this very batch from before, under the new lease. */
function keptProof(parts: ProverParts, batch: ReadyBatch): SignedProof | null {
  if (batch.facts === null) return null;
  const { number } = batch.facts;
  const proof = parts.outbox.find(number, batch.digest, parts.identity.teeType);
  if (proof === null || !provesFacts(proof, batch)) return null;
  parts.log.info({ batch: number }, "proven before: handing the kept proof in");
  return { ...proof, lease: batch.lease };
}
