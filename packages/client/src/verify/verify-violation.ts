// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import {
  AGGREGATE_THREAD,
  decodeViolation,
  type SignedViolation,
  verifyViolation as verifySignature,
} from "@zeta/protocol/violation";
import { beginningOf } from "./beginning.ts";
import { checkInstance } from "./check-instance.ts";
import { headMismatch } from "./check-statement.ts";
import { decodeOr, type Findings, runStages, runSteps, StepFailure } from "./findings.ts";
import type { LinePolicy } from "./line-policy.ts";

/**
 * Did the attested monitor sign that it refused this host's log? The last step is `violation`.
 *
 * @param lineage what ran before this instance; left out: it began from nothing.
 */
export function verifyViolation(
  statement: Uint8Array,
  attestation: ServiceAttestation,
  policy: LinePolicy,
  lineage: ServiceLineage = [],
): Promise<Findings> {
  const describe = () => {
    const { origin } = beginningOf(lineage);
    return describeViolation(checkViolation(statement, attestation, origin));
  };
  return runStages([
    () => checkInstance({ attestation, lineage }, policy),
    () => runSteps([["violation", describe]]),
  ]);
}

/** @throws StepFailure `violation_invalid` unless the attested instance signed it about itself. */
export function checkViolation(
  statement: Uint8Array,
  attestation: ServiceAttestation,
  origin: Uint8Array,
): SignedViolation {
  const signed = decodeOr("violation_invalid", "violation", decodeViolation, statement);
  const mismatch = headMismatch(signed.violation, attestation, origin);
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
