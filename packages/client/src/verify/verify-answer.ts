// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import { type AnswerClaim, checkAnswer } from "./check-answer.ts";
import { checkCertificates, decodeCertificates } from "./check-certificates.ts";
import { checkInstance } from "./check-instance.ts";
import { type Findings, runStages } from "./findings.ts";
import type { LinePolicy } from "./line-policy.ts";

export interface AnswerEvidence extends AnswerClaim {
  readonly attestation: ServiceAttestation;
  /** What ran before, oldest first; left out: this instance began from nothing. */
  readonly lineage?: ServiceLineage;
  /** In order of epochs without gaps; the receipt's epoch is among them. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * Was this answer certified? Quote, key, instance and measurement; the instances before; the
 * certificates and their chain; the receipt, the leaf and its path. No I/O, no clock: everything it needs goes in.
 *
 * @example
 * const { failure, steps } = await verifyAnswer({ attestation, certificates, question, result,
 * receipt }, policy);
 */
export function verifyAnswer(evidence: AnswerEvidence, policy: LinePolicy): Promise<Findings> {
  const claim = { attestation: evidence.attestation, lineage: evidence.lineage ?? [] };
  return runStages([
    () => checkInstance(claim, policy),
    () => checkCertificates(evidence.certificates, claim),
    () => checkAnswer(evidence, decodeCertificates(evidence.certificates)),
  ]);
}
