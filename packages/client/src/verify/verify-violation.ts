// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import {
  AGGREGATE_THREAD,
  decodeViolation,
  type SignedViolation,
  verifyViolation as verifySignature,
} from "@zeta/protocol/violation";
import { checkAttestation } from "./check-attestation.ts";
import { headMismatch } from "./check-statement.ts";
import { decodeOr, type Findings, runStages, runSteps, StepFailure } from "./findings.ts";

/** Did the attested monitor sign that it refused this host's log? The last step is `violation`. */
export function verifyViolation(
  statement: Uint8Array,
  attestation: ServiceAttestation,
  policy: ServicePolicy,
): Promise<Findings> {
  return runStages([
    () => checkAttestation(attestation, policy),
    () =>
      runSteps([["violation", () => describeViolation(checkViolation(statement, attestation))]]),
  ]);
}

/** @throws StepFailure `violation_invalid` unless the attested instance signed it about itself. */
export function checkViolation(
  statement: Uint8Array,
  attestation: ServiceAttestation,
): SignedViolation {
  const signed = decodeOr("violation_invalid", "violation", decodeViolation, statement);
  const mismatch = headMismatch(signed.violation, attestation);
  if (mismatch !== null) throw new StepFailure("violation_invalid", mismatch);
  if (!verifySignature(signed, attestation.publicKey)) {
    throw new StepFailure("violation_invalid", "expected a signature by the attested key");
  }
  return signed;
}

/** One line for people. */
export function describeViolation({ violation }: SignedViolation): string {
  const { check, epoch, thread, position } = violation;
  if (thread === AGGREGATE_THREAD) {
    return `check ${check}: the logs of epoch ${epoch} do not balance`;
  }
  const place = `byte ${position} of thread ${thread}'s log in epoch ${epoch}`;
  return `check ${check}: the monitor refused ${place}`;
}
