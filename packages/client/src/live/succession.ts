// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import {
  decodeCertificate,
  encodeCertificate,
  type SignedCertificate,
} from "@zeta/protocol/certificate";
import type { ServiceApi } from "../http/service-api.ts";
import { TransportError } from "../http/transport-error.ts";
import { short } from "../verify/check-statement.ts";
import { decodeOr, StepFailure } from "../verify/findings.ts";
import { contentMismatch, sharedCheckpoint } from "../verify/kinship.ts";
import { ancestorCertificate, type CertificateOf } from "./ancestor-certificate.ts";
import type { LivingInstance } from "./ancestors.ts";
import { certificateGrounds, type Grounds } from "./grounds.ts";
import type { KnownInstance } from "./known-instance.ts";
import { recentCertificates, strangerGrounds } from "./other-instance.ts";
import type { ProvenEpochs } from "./proven-epochs.ts";

/** What became of an instance that answers in place of another. */
export type Succession =
  /** It has the history that this client saw. */
  | { readonly kind: "successor" }
  /** It has not certified all of that again yet: it may still be running its journal. */
  | { readonly kind: "behind"; readonly grounds: Grounds }
  | { readonly kind: "refused"; readonly grounds: Grounds };

/**
 * Does `candidate` go on with the history of `before`? Both were checked. Everything that this client saw certified must lie under a
 * checkpoint that both share, or be certified again with the same content, by `candidate` or by an instance between the two: a crash loses
 * no epoch that was certified, because the service runs its journal again in the same epochs. Takes the certificates into the chains of
 * those who signed them, as far as they were compared.
 *
 * @param proven epochs of which this client has answers, be they in the chain or not.
 * @throws TransportError when a certificate cannot be had.
 */
export async function judgeSuccession(
  before: LivingInstance,
  candidate: LivingInstance,
  proven: ProvenEpochs,
  api: ServiceApi,
): Promise<Succession> {
  candidate.ancestors.adopt(before);
  const shared = sharedCheckpoint(before, candidate);
  if (shared === null) return refused(await strangerGrounds(before, candidate, api));
  const { epoch: sharedEpoch, instanceId, previous } = shared.checkpoint;
  const last = before.chain.get(sharedEpoch);
  const isOwn = equalBytes(instanceId, before.attestation.instanceId);
  if (isOwn && last !== null && !equalBytes(last.hash, previous)) {
    const detail = `its checkpoint of epoch ${sharedEpoch} is over certificate ${short(previous)}, this client saw ${short(last.hash)}`;
    const grounds = await lacking(before, candidate, api, detail);
    const parts = { ...grounds.parts, certificates: [encodeCertificate(last)] };
    return refused({ ...grounds, parts });
  }
  return (
    (await compareChain(sharedEpoch + 1, before, candidate, api)) ??
    (await compareProven(proven.after(sharedEpoch), before, candidate, api)) ??
    (await goOn(before, candidate, api)) ?? { kind: "successor" }
  );
}

/** Where nothing was compared, the candidate's chain starts as close to what was seen as it can. */
async function goOn(
  before: KnownInstance,
  candidate: LivingInstance,
  api: ServiceApi,
): Promise<Succession | null> {
  const { chain } = candidate;
  const seen = lastEpoch(before);
  if (chain.head !== null || seen < 0) return null;
  const bytes = await api.certificate(Math.max(chain.beginning.epoch, seen + 1));
  return bytes === null ? null : take(bytes, candidate, () => null);
}

/** Null when every epoch from `first` on that was seen of `before` is certified again with the same content. */
async function compareChain(
  first: number,
  before: KnownInstance,
  candidate: LivingInstance,
  api: ServiceApi,
): Promise<Succession | null> {
  const oldest = before.chain.oldestEpoch ?? first;
  // The chain may grow and forget while certificates are waited for.
  for (let epoch = Math.max(first, oldest); epoch <= lastEpoch(before); epoch++) {
    const certificate = before.chain.get(epoch);
    if (certificate === null) continue;
    const trouble = await compare({ certificate, instance: before }, before, candidate, api);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** The same of the epochs of which this client has answers. */
async function compareProven(
  proven: readonly CertificateOf[],
  before: KnownInstance,
  candidate: LivingInstance,
  api: ServiceApi,
): Promise<Succession | null> {
  for (const ours of proven) {
    const trouble = await compare(ours, before, candidate, api);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** Null when an epoch is certified again with the same content. */
async function compare(
  ours: CertificateOf,
  before: KnownInstance,
  candidate: LivingInstance,
  api: ServiceApi,
): Promise<Succession | null> {
  const { epoch } = ours.certificate.certificate;
  if (epoch < candidate.chain.beginning.epoch) {
    return compareBetween(ours, before, candidate, api);
  }
  const known = candidate.chain.get(epoch);
  if (known !== null) return otherContent(ours, known, candidate);
  const bytes = await api.certificate(epoch);
  if (bytes === null) return missing(epoch, before, candidate, api);
  return take(bytes, candidate, (theirs) => otherContent(ours, theirs, candidate));
}

/** An epoch that an instance between the two certified: it ran the journal of the one, and the other began from its checkpoint. */
async function compareBetween(
  ours: CertificateOf,
  before: KnownInstance,
  candidate: LivingInstance,
  api: ServiceApi,
): Promise<Succession | null> {
  const { epoch } = ours.certificate.certificate;
  const shown = await ancestorCertificate(epoch, candidate, api);
  if (shown.kind === "refused") return refused(shown.grounds);
  if (shown.kind === "shown") return otherContent(ours, shown.certificate, shown.instance);
  const last = Math.min(lastEpoch(before), candidate.chain.beginning.epoch - 1);
  const detail = `data rolled back, or out of sight: ${epochs(epoch, last)}, which this client saw certified, come before its first`;
  return refused(await lacking(before, candidate, api, detail));
}

/** Null when both certified the same of the epoch. */
function otherContent(
  { certificate: ours, instance: before }: CertificateOf,
  theirs: SignedCertificate,
  after: KnownInstance,
): Succession | null {
  const [expected, got] = [ours.certificate.epoch, theirs.certificate.epoch];
  const mismatch =
    got === expected ? contentMismatch(ours, theirs) : `epoch ${got} instead of ${expected}`;
  if (mismatch === null) return null;
  const detail = `${changed(before, after)}: the two certified ${mismatch}`;
  const other = { ...claimOf(after), certificates: [encodeCertificate(theirs)] };
  const parts = { ...claimOf(before), certificates: [encodeCertificate(ours)], other };
  return refused({ code: "instance_changed", detail, parts });
}

function claimOf({ attestation, lineage }: KnownInstance) {
  return { attestation, lineage };
}

/** Takes a certificate into the candidate's chain and looks at it; one that does not belong there refuses the candidate. */
function take(
  bytes: Uint8Array,
  { attestation, lineage, chain }: KnownInstance,
  look: (signed: SignedCertificate) => Succession | null,
): Succession | null {
  try {
    const signed = decodeOr("certificate_invalid", "certificate", decodeCertificate, bytes);
    if (!equalBytes(signed.certificate.instanceId, attestation.instanceId)) {
      const detail = "expected the instance that was met, got yet another";
      throw new TransportError("service_error", detail, { problem: "restarting" });
    }
    chain.take(signed);
    return look(signed);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return refused(certificateGrounds(error, bytes, { attestation, lineage }));
  }
}

/** The candidate does not show an epoch: has it not come so far again, or has it gone on without? */
async function missing(
  epoch: number,
  before: KnownInstance,
  candidate: KnownInstance,
  api: ServiceApi,
): Promise<Succession> {
  const latest = await api.latestCertificate();
  const reached = latest === null ? -1 : epochOf(latest);
  const detail = `data rolled back: missing ${epochs(epoch, lastEpoch(before))}, which this client saw certified`;
  const grounds = await lacking(before, candidate, api, detail);
  return { kind: reached < epoch ? "behind" : "refused", grounds };
}

/** Grounds that are no proof by themselves: what was seen of both. */
async function lacking(
  before: KnownInstance,
  candidate: KnownInstance,
  api: ServiceApi,
  reason: string,
): Promise<Grounds> {
  const { parts } = await strangerGrounds(before, candidate, api);
  return {
    code: "instance_changed",
    detail: `${changed(before, candidate)}: ${reason}`,
    parts: { ...parts, certificates: recentCertificates(before.chain) },
  };
}

function changed(before: KnownInstance, candidate: KnownInstance): string {
  const [expected, got] = [before, candidate].map(({ attestation }) =>
    short(attestation.instanceId),
  );
  return `expected instance ${expected} or one with its history, got ${got}`;
}

/** The last epoch that was seen of an instance, -1 for none. */
function lastEpoch({ chain }: KnownInstance): number {
  return chain.head?.certificate.epoch ?? -1;
}

function epochs(first: number, last: number): string {
  return first === last ? `epoch ${first}` : `epochs ${first} to ${last}`;
}

/** -1 for bytes that are no certificate: whoever takes them next says so. */
function epochOf(bytes: Uint8Array): number {
  try {
    return decodeOr("certificate_invalid", "certificate", decodeCertificate, bytes).certificate
      .epoch;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return -1;
  }
}

function refused(grounds: Grounds): Succession {
  return { kind: "refused", grounds };
}
