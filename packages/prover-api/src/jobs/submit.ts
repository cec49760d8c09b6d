// SPDX-License-Identifier: Apache-2.0
/** Taking a proof in. Everything is checked before anything is stored, and a proof that is stored is never replaced. */
import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { verifyBody } from "@zeta/protocol/signature";
import type { ProofForm } from "@zeta/tee-api/answers";
import { verifyLegacyRoot } from "@zeta/tee-api/legacy-signature";
import { encodeProofStatement } from "@zeta/tee-api/proof-statement";
import type { TeeType } from "@zeta/tee-api/tee-type";
import { type BatchRow, findBatch } from "../batches.ts";
import type { ProverContext } from "../context.ts";
import { refuse } from "../refusal.ts";

export interface ProofSubmission {
  readonly batch: number;
  readonly teeType: TeeType;
  readonly form: ProofForm;
  /** Null from old provers, who have none: then any job that is not finished may be finished. */
  readonly lease: string | null;
  readonly publicKey: Uint8Array;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
}

/** Stores a proof; `duplicate` when this very proof was stored before. */
export async function submitProof(
  context: ProverContext,
  submission: ProofSubmission,
): Promise<"stored" | "duplicate"> {
  const batch = await findBatch(context, submission.batch);
  if (batch === undefined) refuse("unknown_batch", `no batch ${submission.batch}`);
  const attestation = await context.attestations.requireValid(
    submission.publicKey,
    submission.teeType,
  );
  checkProof(batch, submission);
  await context.attestations.requireAccepted(submission.publicKey, attestation);
  const outcome = await store(context, submission, attestation.digest);
  if (outcome === "stored") observeRoundtrip(context, batch, submission);
  return outcome;
}

function checkProof(batch: BatchRow, submission: ProofSubmission): void {
  const { root, signature, publicKey } = submission;
  if (!equalBytes(root, batch.root)) {
    refuse("root_mismatch", `expected root ${toHex(batch.root)}, got ${toHex(root)}`);
  }
  const isSigned =
    submission.form === "zksync"
      ? verifyLegacyRoot(root, signature, publicKey)
      : verifyBody(statementOf(batch, submission), signature, publicKey);
  if (!isSigned) refuse("signature_invalid", "expected a signature by the key over this proof");
}

function statementOf(batch: BatchRow, submission: ProofSubmission): Uint8Array {
  return encodeProofStatement({
    service: batch.service,
    batchNumber: batch.number,
    previousRoot: batch.previous_root,
    root: batch.root,
    receiptsRoot: batch.receipts_root,
    batchDigest: batch.digest,
    teeType: submission.teeType,
    publicKey: submission.publicKey,
  });
}

async function store(
  context: ProverContext,
  submission: ProofSubmission,
  attestationDigest: Uint8Array,
): Promise<"stored" | "duplicate"> {
  const { batch, teeType, lease, signature, root, publicKey } = submission;
  return context.db.transaction().execute(async (transaction) => {
    const job = await transaction
      .selectFrom("tee_proof_generation_details")
      .select(["status", "lease_id", "signature", "proof", "pubkey"])
      .where("l1_batch_number", "=", batch)
      .where("tee_type", "=", teeType)
      .forUpdate()
      .executeTakeFirst();
    if (job === undefined) refuse("unknown_job", `no prover was given batch ${batch}`);
    if (job.status === "generated") {
      const isSame =
        equalBytes(job.signature ?? root, signature) && equalBytes(job.pubkey ?? root, publicKey);
      return isSame ? "duplicate" : refuse("already_proven", `batch ${batch} has a proof`);
    }
    const isHeld = job.status === "picked_by_prover" || job.status === "unpicked";
    if (lease === null ? !isHeld && job.status !== "failed" : !isHeld || job.lease_id !== lease) {
      refuse("stale_lease", `expected the lease of batch ${batch}`);
    }
    await transaction
      .updateTable("tee_proof_generation_details")
      .set({
        status: "generated",
        signature,
        proof: root,
        pubkey: publicKey,
        attestation_digest: attestationDigest,
        form: submission.form,
        proved_at: context.clock(),
        updated_at: context.clock(),
        holder: null,
        lease_id: null,
        lease_until: null,
        retry_at: null,
        error: null,
      })
      .where("l1_batch_number", "=", batch)
      .where("tee_type", "=", teeType)
      .execute();
    return "stored";
  });
}

/** From sealed to proven, by the database's clock on the one side and ours on the other: good enough for minutes. */
function observeRoundtrip(
  context: ProverContext,
  batch: BatchRow,
  submission: ProofSubmission,
): void {
  const seconds = Math.max(0, (context.now() - +batch.sealed_at) / 1000);
  context.metrics.roundtrip.observe({ tee_type: submission.teeType }, seconds);
  context.metrics.proofs.inc({ tee_type: submission.teeType });
}
