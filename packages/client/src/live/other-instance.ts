// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { encodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import type { CertificateChain } from "../certificate-chain.ts";
import type { EvidenceContent } from "../evidence.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { TransportError } from "../http/transport-error.ts";
import { EVIDENCE_CERTIFICATES_WRITTEN } from "../limits.ts";
import type { RefusalCode } from "../refusal.ts";
import { checkAttestation } from "../verify/check-attestation.ts";
import { certificateMismatch, short } from "../verify/check-statement.ts";

/** Why an instance is refused, and the parts of the evidence that show it. */
export interface Grounds {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly check?: string | null;
  readonly parts?: Partial<EvidenceContent>;
}

/** What gave another instance away: its attestation, a certificate of it, or both. */
export interface Stranger {
  readonly attestation: ServiceAttestation | null;
  readonly signed: SignedCertificate | null;
}

/**
 * Another instance answers in place of the one that `chain` is about. Is it at least one that the
 * policy accepts, and do both have a history to show?
 */
export async function groundsAgainst(
  stranger: Stranger,
  chain: CertificateChain,
  api: ServiceApi,
  policy: ServicePolicy,
): Promise<Grounds> {
  const { attestation, signed } = stranger;
  const instance = signed?.certificate.instanceId ?? attestation?.instanceId;
  const name = instance === undefined ? "another" : short(instance);
  const detail = `expected instance ${short(chain.attestation.instanceId)}, got ${name}`;
  if (attestation === null) return { code: "instance_changed", detail };
  const { failure } = await checkAttestation(attestation, policy);
  if (failure !== null) {
    const message = `${detail}, which is not acceptable: ${failure.detail}`;
    const parts = { other: { attestation, certificates: [] } };
    return { code: "attestation_rejected", detail: message, check: failure.check, parts };
  }
  const mismatch = signed && certificateMismatch(signed, attestation);
  if (signed !== null && mismatch !== null) {
    const message = `certificate of epoch ${signed.certificate.epoch}: ${mismatch}`;
    const parts = { other: { attestation, certificates: [encodeCertificate(signed)] } };
    return { code: "certificate_invalid", detail: message, parts };
  }
  const other = { attestation, certificates: await beginningOf(api, signed) };
  return { code: "instance_changed", detail, parts: { certificates: ourBeginning(chain), other } };
}

/** Where the other instance's history begins, or at least the certificate that gave it away. */
async function beginningOf(
  api: ServiceApi,
  signed: SignedCertificate | null,
): Promise<readonly Uint8Array[]> {
  try {
    const birth = await api.certificate(0);
    if (birth !== null) return [birth];
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
  }
  return signed === null ? [] : [encodeCertificate(signed)];
}

/**
 * Two beginnings prove a fork; without ours, the newest certificates at least show what was known.
 */
function ourBeginning(chain: CertificateChain): readonly Uint8Array[] {
  if (chain.birth !== null) return [encodeCertificate(chain.birth)];
  return recentCertificates(chain);
}

/** The newest certificates of a chain, as they travel. */
export function recentCertificates(chain: CertificateChain): readonly Uint8Array[] {
  const { head } = chain;
  return head === null ? [] : chain.upTo(head.certificate.epoch, EVIDENCE_CERTIFICATES_WRITTEN);
}
