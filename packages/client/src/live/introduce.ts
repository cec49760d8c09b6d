// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { CertificateChain } from "../certificate-chain.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { beginningOf, type InstanceClaim } from "../verify/beginning.ts";
import { checkAttestation } from "../verify/check-attestation.ts";
import { checkLineage } from "../verify/check-lineage.ts";
import type { Findings } from "../verify/findings.ts";
import { Ancestors, type LivingInstance } from "./ancestors.ts";
import type { Judgement } from "./known-instance.ts";

/** What came of a first meeting. */
export interface Introduction {
  readonly claim: InstanceClaim;
  readonly findings: Findings;
  /** Null when the findings say why not. */
  readonly instance: LivingInstance | null;
}

/**
 * Checks what an instance says of itself: its quote, and only then what it says that it continues.
 *
 * @throws TransportError when its lineage cannot be had.
 */
export async function introduce(
  attestation: ServiceAttestation,
  api: ServiceApi,
  judgement: Judgement,
  signal?: AbortSignal,
): Promise<Introduction> {
  const { policy, checked } = judgement;
  const own = await checkAttestation(attestation, policy);
  if (own.failure !== null) {
    return { claim: { attestation, lineage: [] }, findings: own, instance: null };
  }
  const claim = { attestation, lineage: await api.lineage(signal) };
  const line = await checkLineage(claim, policy, checked);
  const steps = [...own.steps, ...line.steps];
  const findings = { steps, failure: line.failure };
  if (findings.failure !== null) return { claim, findings, instance: null };
  const chain = new CertificateChain(attestation, beginningOf(claim.lineage));
  const ancestors = new Ancestors(claim.lineage, judgement);
  return { claim, findings, instance: { ...claim, steps, chain, ancestors } };
}
