// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { type ServicePolicy, verifyServiceAttestation } from "@zeta/attestation/verify-service";
import type { Findings } from "./findings.ts";

/**
 * Quote, key, instance, measurement: the steps `quote`, `report-data`, `instance`, `measurement`.
 */
export async function checkAttestation(
  attestation: ServiceAttestation,
  policy: ServicePolicy,
): Promise<Findings> {
  const { steps, code } = await verifyServiceAttestation(attestation, policy);
  if (code === null) return { steps, failure: null };
  const detail = steps.at(-1)?.detail ?? "";
  return { steps, failure: { code: "attestation_rejected", check: code, detail } };
}
