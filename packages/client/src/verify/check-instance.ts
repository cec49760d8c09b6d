// SPDX-License-Identifier: Apache-2.0
import type { InstanceClaim } from "./beginning.ts";
import { checkAttestation } from "./check-attestation.ts";
import { type CheckedAncestors, checkLineage } from "./check-lineage.ts";
import { type Findings, runStages } from "./findings.ts";
import type { LinePolicy } from "./line-policy.ts";

/** Is this an instance that the policy accepts, and are all that it continues? The steps of the attestation, then `lineage`. */
export function checkInstance(
  claim: InstanceClaim,
  policy: LinePolicy,
  checked?: CheckedAncestors,
): Promise<Findings> {
  return runStages([
    () => checkAttestation(claim.attestation, policy),
    () => checkLineage(claim, policy, checked),
  ]);
}
