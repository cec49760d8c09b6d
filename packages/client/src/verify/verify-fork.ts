// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { equalBytes } from "@zeta/protocol/bytes";
import { NO_CERTIFICATE, type SignedCertificate } from "@zeta/protocol/certificate";
import { checkAttestation } from "./check-attestation.ts";
import { checkCertificates, decodeCertificates } from "./check-certificates.ts";
import { short } from "./check-statement.ts";
import { type Findings, runStages, runSteps, StepFailure } from "./findings.ts";

export interface ForkEvidence {
  readonly attestation: ServiceAttestation;
  readonly certificates: readonly Uint8Array[];
  readonly other: {
    /** Null: signed by the same instance. */
    readonly attestation: ServiceAttestation | null;
    readonly certificates: readonly Uint8Array[];
  };
}

/**
 * Are there two histories where there must be one? Either one instance signed two certificates that
 * exclude each other, or two instances of a service each began a history of its own. The last step
 * is `fork`.
 */
export function verifyFork(evidence: ForkEvidence, policy: ServicePolicy): Promise<Findings> {
  const { attestation, certificates, other } = evidence;
  const theirs = other.attestation;
  return runStages([
    () => checkAttestation(attestation, policy),
    () => checkCertificates(certificates, attestation),
    () => (theirs === null ? NOTHING : checkAttestation(theirs, policy)),
    () => checkCertificates(other.certificates, theirs ?? attestation),
    () => runSteps([["fork", () => findFork(evidence)]]),
  ]);
}

const NOTHING: Findings = { steps: [], failure: null };

function findFork({ attestation, certificates, other }: ForkEvidence): string {
  const [ours, theirs] = [decodeCertificates(certificates), decodeCertificates(other.certificates)];
  if (other.attestation === null || sameInstance(attestation, other.attestation)) {
    return contradictionWithin(ours, theirs);
  }
  if (attestation.serviceId !== other.attestation.serviceId) {
    unproven(
      `expected one service, got ${attestation.serviceId} and ${other.attestation.serviceId}`,
    );
  }
  return separateHistories(ours, theirs);
}

function sameInstance(one: ServiceAttestation, two: ServiceAttestation): boolean {
  return equalBytes(one.instanceId, two.instanceId);
}

/**
 * One instance counts epochs up and names the certificate before: two certificates of an epoch, or
 * a broken link, exclude each other.
 */
function contradictionWithin(
  ours: readonly SignedCertificate[],
  theirs: readonly SignedCertificate[],
): string {
  for (const one of ours) {
    for (const two of theirs) {
      const detail = contradiction(one, two) ?? contradiction(two, one);
      if (detail !== null) return detail;
    }
  }
  return unproven("expected two certificates that exclude each other, got one history");
}

function contradiction(one: SignedCertificate, two: SignedCertificate): string | null {
  const { epoch } = one.certificate;
  if (two.certificate.epoch === epoch && !equalBytes(one.hash, two.hash)) {
    const both = `${short(one.hash)} and ${short(two.hash)}`;
    return `one instance signed two certificates of epoch ${epoch}: ${both}`;
  }
  if (two.certificate.epoch === epoch + 1 && !equalBytes(two.certificate.previous, one.hash)) {
    const name = short(one.hash);
    return `one instance signed epoch ${epoch + 1} over another epoch ${epoch} than ${name}`;
  }
  return null;
}

/**
 * Two instances: a restart may honestly continue the last certificate of the instance before. It is
 * a fork when the second continues an earlier one (data rolled back), or when both start from
 * nothing.
 */
function separateHistories(
  ours: readonly SignedCertificate[],
  theirs: readonly SignedCertificate[],
): string {
  const rolledBack = rollback(ours, theirs) ?? rollback(theirs, ours);
  if (rolledBack !== null) return rolledBack;
  if (!startsFromNothing(ours[0]) || !startsFromNothing(theirs[0])) {
    unproven("expected the first certificates of both instances, got later ones");
  }
  return (
    "two instances of the service each began a history of its own, and neither continues the " +
    "other; that one host showed both is the word of whoever made the file"
  );
}

function startsFromNothing(first: SignedCertificate | undefined): boolean {
  return first?.certificate.epoch === 0 && equalBytes(first.certificate.previous, NO_CERTIFICATE);
}

function rollback(
  before: readonly SignedCertificate[],
  after: readonly SignedCertificate[],
): string | null {
  const first = after[0];
  if (first === undefined) return null;
  const at = before.findIndex((one) => equalBytes(one.hash, first.certificate.previous));
  if (at < 0 || at === before.length - 1) return null;
  const [from, last] = [before[at]?.certificate.epoch, before.at(-1)?.certificate.epoch];
  return `the second instance continues epoch ${from} of the first, which went on to epoch ${last}`;
}

function unproven(detail: string): never {
  throw new StepFailure("fork_unproven", detail);
}
