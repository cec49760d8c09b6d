// SPDX-License-Identifier: Apache-2.0
import { encodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import type { CertificateChain } from "../certificate-chain.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { TransportError } from "../http/transport-error.ts";
import { EVIDENCE_CERTIFICATES_WRITTEN } from "../limits.ts";
import type { RefusalCode } from "../refusal.ts";
import { beginningOf, type InstanceClaim } from "../verify/beginning.ts";
import { certificateMismatch, short } from "../verify/check-statement.ts";
import type { Failure } from "../verify/findings.ts";
import type { Grounds } from "./grounds.ts";

/** An instance answers in place of the watched one that is not acceptable by itself, whatever it continues. */
export function unacceptableGrounds(
  before: InstanceClaim,
  stranger: InstanceClaim,
  failure: Failure,
): Grounds {
  const detail = `${changed(before, stranger)}, which is not acceptable: ${failure.detail}`;
  const parts = { other: { ...stranger, certificates: [] } };
  // An instance's own checks fail with codes of refusals only.
  return { code: failure.code as RefusalCode, detail, check: failure.check, parts };
}

/** Null when the certificate that gave a stranger away is its own; else why it is refused. */
export function foreignCertificate(
  signed: SignedCertificate,
  { attestation, lineage }: InstanceClaim,
): Grounds | null {
  const mismatch = certificateMismatch(signed, attestation, beginningOf(lineage).origin);
  if (mismatch === null) return null;
  const detail = `certificate of epoch ${signed.certificate.epoch}: ${mismatch}`;
  const parts = { other: { attestation, lineage, certificates: [encodeCertificate(signed)] } };
  return { code: "certificate_invalid", detail, parts };
}

/** An acceptable instance that does not continue the watched one: do both have a history to show? */
export async function strangerGrounds(
  before: InstanceClaim & { readonly chain: CertificateChain },
  { attestation, lineage }: InstanceClaim,
  api: ServiceApi,
): Promise<Grounds> {
  const detail = changed(before, { attestation, lineage });
  const certificates = await someOf(api, beginningOf(lineage).epoch);
  const other = { attestation, lineage, certificates };
  const parts = { certificates: ourBeginning(before.chain), other };
  return { code: "instance_changed", detail, parts };
}

function changed(before: InstanceClaim, stranger: InstanceClaim): string {
  const [expected, got] = [before, stranger].map(({ attestation }) =>
    short(attestation.instanceId),
  );
  return `expected instance ${expected}, got ${got}`;
}

/** Where the history of the instance that answers begins, or at least its newest certificate. */
export async function someOf(api: ServiceApi, first: number): Promise<readonly Uint8Array[]> {
  try {
    const some = (await api.certificate(first)) ?? (await api.latestCertificate());
    return some === null ? [] : [some];
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return [];
  }
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
