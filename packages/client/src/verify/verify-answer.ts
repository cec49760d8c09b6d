// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { type AnswerClaim, checkAnswer } from "./check-answer.ts";
import { checkAttestation } from "./check-attestation.ts";
import { checkCertificates, decodeCertificates } from "./check-certificates.ts";
import { type Findings, runStages } from "./findings.ts";

export interface AnswerEvidence extends AnswerClaim {
  readonly attestation: ServiceAttestation;
  /** In order of epochs without gaps; the receipt's epoch is among them. */
  readonly certificates: readonly Uint8Array[];
}

/**
 * Was this answer certified? Quote, key, instance and measurement; the certificates and their
 * chain; the receipt, the leaf and its path. No I/O, no clock: everything it needs goes in.
 *
 * @example
 * const { failure, steps } = await verifyAnswer({ attestation, certificates, question, result,
 * receipt }, policy);
 */
export function verifyAnswer(evidence: AnswerEvidence, policy: ServicePolicy): Promise<Findings> {
  return runStages([
    () => checkAttestation(evidence.attestation, policy),
    () => checkCertificates(evidence.certificates, evidence.attestation),
    () => checkAnswer(evidence, decodeCertificates(evidence.certificates)),
  ]);
}
