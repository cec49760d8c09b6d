// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import {
  decodeCertificate,
  encodeCertificate,
  type SignedCertificate,
} from "@zeta/protocol/certificate";
import { ZetaError } from "@zeta/protocol/error";
import type { ServiceApi } from "../http/service-api.ts";
import { GAP_EPOCHS_MAX } from "../limits.ts";
import type { RefusalCode } from "../refusal.ts";
import { short } from "../verify/check-statement.ts";
import { decodeOr, StepFailure } from "../verify/findings.ts";
import { contentMismatch } from "../verify/kinship.ts";
import type { KnownAncestor, LivingInstance } from "./ancestors.ts";
import { certificateGrounds, type Grounds } from "./grounds.ts";
import type { KnownInstance } from "./known-instance.ts";
import { recentCertificates, someOf } from "./other-instance.ts";

/** A certificate, and the instance that signed it. */
export interface CertificateOf {
  readonly certificate: SignedCertificate;
  readonly instance: KnownInstance;
}

/** What the service shows of an epoch that an ancestor certified. */
export type Shown =
  | {
      readonly kind: "shown";
      readonly certificate: SignedCertificate;
      readonly instance: KnownAncestor;
    }
  /** Not this epoch's certificate, or not one that leads to it: the first that is missing. */
  | { readonly kind: "hidden"; readonly epoch: number }
  | { readonly kind: "refused"; readonly grounds: Grounds };

/**
 * The certificate of an epoch before the first of the living instance: signed by the attested key of the ancestor to which the epoch
 * belongs, behind all of it that was seen, each over the one before, and the last one as its checkpoint says.
 *
 * @param offered of that epoch, when it came with something else.
 * @throws TransportError when it cannot be had now.
 */
export async function ancestorCertificate(
  epoch: number,
  living: LivingInstance,
  api: ServiceApi,
  offered: Uint8Array | null = null,
): Promise<Shown> {
  try {
    return await follow(epoch, await living.ancestors.of(epoch), living, api, offered);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    // Accepted when the lineage was checked, and not any more. An instance's own checks fail with codes of refusals only.
    const { code, check, message: detail } = error;
    const grounds = { code: code as RefusalCode, check, detail, parts: claimOf(living) };
    return { kind: "refused", grounds };
  }
}

async function follow(
  epoch: number,
  ancestor: KnownAncestor,
  living: LivingInstance,
  api: ServiceApi,
  offered: Uint8Array | null,
): Promise<Shown> {
  const { chain } = ancestor;
  const next = chain.head === null ? epoch : chain.head.certificate.epoch + 1;
  for (let at = Math.min(next, epoch); at <= epoch; at++) {
    const seen = offered === null ? chain.get(at) : null;
    if (seen !== null) continue;
    if (epoch - at > GAP_EPOCHS_MAX) return { kind: "hidden", epoch: at };
    const bytes = at === epoch && offered !== null ? offered : await api.certificate(at);
    if (bytes === null) return { kind: "hidden", epoch: at };
    const taken = take(bytes, at, ancestor);
    if (taken.kind === "refused") return taken;
    if (at === ancestor.checkpoint.checkpoint.epoch) {
      const grounds = await brokenCheckpoint(taken.certificate, ancestor, living, api);
      if (grounds !== null) return { kind: "refused", grounds };
    }
    if (at === epoch) return taken;
  }
  const certificate = chain.get(epoch) as SignedCertificate;
  return { kind: "shown", certificate, instance: ancestor };
}

/** What is wrong with a certificate refuses the instance that continues the ancestor: it stands on that history. */
function take(
  bytes: Uint8Array,
  epoch: number,
  ancestor: KnownAncestor,
): Exclude<Shown, { readonly kind: "hidden" }> {
  try {
    const signed = decodeOr("certificate_invalid", "certificate", decodeCertificate, bytes);
    ancestor.chain.take(signed);
    const got = signed.certificate.epoch;
    if (got !== epoch) {
      const detail = `expected the certificate of epoch ${epoch}, got that of ${got}`;
      throw new StepFailure("certificate_invalid", detail);
    }
    return { kind: "shown", certificate: signed, instance: ancestor };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { kind: "refused", grounds: certificateGrounds(error, bytes, claimOf(ancestor)) };
  }
}

/** Is the checkpoint from which the next instance began over another certificate than the last one that is shown? */
async function brokenCheckpoint(
  signed: SignedCertificate,
  ancestor: KnownAncestor,
  living: LivingInstance,
  api: ServiceApi,
): Promise<Grounds | null> {
  const { epoch, previous } = ancestor.checkpoint.checkpoint;
  if (equalBytes(signed.hash, previous)) return null;
  const recent = recentCertificates(living.chain);
  const certificates = recent.length > 0 ? recent : await someOf(api, living.chain.beginning.epoch);
  const detail = `an instance before made its checkpoint of epoch ${epoch} over certificate ${short(previous)}, and shows ${short(signed.hash)}`;
  return twoHistories(detail, ancestor, signed, living, certificates);
}

/**
 * Did an instance that has ended certify other answers of an epoch than the one whose certificate counts there? Then the service went on
 * from an earlier state than it told its clients, and both certificates together prove it. Null: no, or it is none of theirs.
 */
export function contradictionBefore(
  bytes: Uint8Array,
  before: readonly KnownInstance[],
  counts: CertificateOf,
): Grounds | null {
  for (const instance of before) {
    const signed = signedBy(instance, bytes);
    if (signed === null || signed.certificate.epoch !== counts.certificate.certificate.epoch)
      continue;
    const mismatch = contentMismatch(counts.certificate, signed);
    if (mismatch === null) continue;
    const detail = `an instance before went on after its checkpoint: the two certified ${mismatch}`;
    const certificates = [encodeCertificate(counts.certificate)];
    return twoHistories(detail, instance, signed, counts.instance, certificates);
  }
  return null;
}

function twoHistories(
  detail: string,
  before: KnownInstance,
  signed: SignedCertificate,
  after: KnownInstance,
  certificates: readonly Uint8Array[],
): Grounds {
  const other = { ...claimOf(before), certificates: [encodeCertificate(signed)] };
  return { code: "fork", detail, parts: { ...claimOf(after), certificates, other } };
}

function claimOf({ attestation, lineage }: KnownInstance) {
  return { attestation, lineage };
}

/** Null for bytes that are no certificate of this instance. */
export function signedBy({ chain }: KnownInstance, bytes: Uint8Array): SignedCertificate | null {
  try {
    const signed = decodeCertificate(bytes);
    chain.check(signed);
    return signed;
  } catch (error) {
    if (!(error instanceof ZetaError)) throw error;
    return null;
  }
}
