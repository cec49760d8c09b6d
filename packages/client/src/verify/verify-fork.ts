// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import { equalBytes } from "@zeta/protocol/bytes";
import { NO_CERTIFICATE, type SignedCertificate } from "@zeta/protocol/certificate";
import type { InstanceClaim } from "./beginning.ts";
import { checkCertificates, decodeCertificates } from "./check-certificates.ts";
import { checkInstance } from "./check-instance.ts";
import { short } from "./check-statement.ts";
import { type Findings, NOTHING_FOUND, runStages, runSteps, StepFailure } from "./findings.ts";
import { contentMismatch, haveOneRoot, sharedCheckpoint } from "./kinship.ts";
import type { LinePolicy } from "./line-policy.ts";

export interface ForkEvidence {
  readonly attestation: ServiceAttestation;
  /** What ran before, oldest first; left out: this instance began from nothing. */
  readonly lineage?: ServiceLineage;
  readonly certificates: readonly Uint8Array[];
  readonly other: {
    /** Null: signed by the same instance. */
    readonly attestation: ServiceAttestation | null;
    readonly lineage?: ServiceLineage;
    readonly certificates: readonly Uint8Array[];
  };
}

/** Whoever has hardware that the policy accepts can go on from a public checkpoint, or begin a service of the same name. */
const WHOSE_HOST = "that one host ran both is the word of whoever made the file";

/** One of the two histories. */
interface History extends InstanceClaim {
  readonly certificates: readonly Uint8Array[];
}

/**
 * Are there two histories where there must be one? Either one instance signed two statements that exclude each other; or two instances
 * that grew from one empty store certified different answers of one epoch; or two instances of a service each began from nothing. The
 * last step is `fork`.
 */
export function verifyFork(evidence: ForkEvidence, policy: LinePolicy): Promise<Findings> {
  const { attestation, lineage = [], certificates, other } = evidence;
  const ours = { attestation, lineage, certificates };
  const theirs =
    other.attestation === null
      ? { ...ours, certificates: other.certificates }
      : {
          attestation: other.attestation,
          lineage: other.lineage ?? [],
          certificates: other.certificates,
        };
  return runStages([
    () => checkInstance(ours, policy),
    () => checkCertificates(certificates, ours),
    () => (other.attestation === null ? NOTHING_FOUND : checkInstance(theirs, policy)),
    () => checkCertificates(theirs.certificates, theirs),
    () => runSteps([["fork", () => findFork(ours, theirs)]]),
  ]);
}

function findFork(one: History, two: History): string {
  const [ours, theirs] = [
    decodeCertificates(one.certificates),
    decodeCertificates(two.certificates),
  ];
  if (sameInstance(one.attestation, two.attestation)) return contradictionWithin(ours, theirs);
  const [first, second] = [one.attestation.serviceId, two.attestation.serviceId];
  if (first !== second) unproven(`expected one service, got ${first} and ${second}`);
  return haveOneRoot(one, two)
    ? contradictionAmongKin(one, ours, two, theirs)
    : separateHistories(one, ours, two, theirs);
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
 * Two instances that grew from one empty store: a restart runs again what its checkpoint does not hold, so both must have certified the
 * same of every epoch; and a checkpoint names the certificate up to which it goes.
 */
function contradictionAmongKin(
  one: InstanceClaim,
  ours: readonly SignedCertificate[],
  two: InstanceClaim,
  theirs: readonly SignedCertificate[],
): string {
  for (const mine of ours) {
    const { epoch } = mine.certificate;
    const yours = theirs.find(({ certificate }) => certificate.epoch === epoch);
    const mismatch = yours === undefined ? null : contentMismatch(mine, yours);
    if (mismatch !== null) {
      return `two instances of one history certified ${mismatch}; ${WHOSE_HOST}`;
    }
  }
  return (
    brokenCheckpoint(one, ours, two) ??
    brokenCheckpoint(two, theirs, one) ??
    unproven("expected two certificates of one epoch with different content, got none")
  );
}

/** The later instance continues a checkpoint over another certificate than the one that its maker signed. */
function brokenCheckpoint(
  before: InstanceClaim,
  signed: readonly SignedCertificate[],
  after: InstanceClaim,
): string | null {
  const checkpoint = sharedCheckpoint(before, after)?.checkpoint;
  if (checkpoint === undefined) return null;
  if (!equalBytes(checkpoint.instanceId, before.attestation.instanceId)) return null;
  const { epoch, previous } = checkpoint;
  const certificate = signed.find((one) => one.certificate.epoch === epoch);
  if (certificate === undefined || equalBytes(certificate.hash, previous)) return null;
  const both = `${short(certificate.hash)} and ${short(previous)}`;
  return `one instance signed two certificates of epoch ${epoch}: ${both}`;
}

/** Two empty stores: a service that has data never begins from nothing a second time. */
function separateHistories(
  one: InstanceClaim,
  ours: readonly SignedCertificate[],
  two: InstanceClaim,
  theirs: readonly SignedCertificate[],
): string {
  if (!showsItsRoot(one, ours) || !showsItsRoot(two, theirs)) {
    unproven("expected the first certificates of both instances, got later ones");
  }
  return (
    "two instances of the service each began a history of its own, and neither continues the " +
    `other; ${WHOSE_HOST}`
  );
}

/** By its first certificate, or by a lineage, whose first checkpoint says so. */
function showsItsRoot({ lineage }: InstanceClaim, [first]: readonly SignedCertificate[]): boolean {
  if (lineage.length > 0) return true;
  return first?.certificate.epoch === 0 && equalBytes(first.certificate.previous, NO_CERTIFICATE);
}

function unproven(detail: string): never {
  throw new StepFailure("fork_unproven", detail);
}
