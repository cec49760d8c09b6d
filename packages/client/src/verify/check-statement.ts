// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import { type SignedCertificate, verifyCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { NO_ORIGIN, type StatementHead } from "@zeta/protocol/statement";

/**
 * Null when the head speaks of the attested instance, service and code, and of where its history began; else what differs.
 *
 * @param origin hash of the checkpoint that the instance continues, `NO_ORIGIN` for none.
 */
export function headMismatch(
  head: StatementHead,
  attestation: ServiceAttestation,
  origin: Uint8Array,
): string | null {
  if (!equalBytes(head.instanceId, attestation.instanceId)) {
    return `expected instance ${short(attestation.instanceId)}, got ${short(head.instanceId)}`;
  }
  if (head.serviceId !== attestation.serviceId) {
    return `expected service ${attestation.serviceId}, got ${head.serviceId}`;
  }
  if (head.profile !== attestation.profile) {
    return `expected profile ${attestation.profile}, got ${head.profile}`;
  }
  if (!equalBytes(head.measurement, attestation.measurement)) {
    return `expected monitor ${short(attestation.measurement)}, got ${short(head.measurement)}`;
  }
  if (equalBytes(head.origin, origin)) return null;
  const [expected, got] = [origin, head.origin].map((one) =>
    equalBytes(one, NO_ORIGIN) ? "from nothing" : `from checkpoint ${short(one)}`,
  );
  return `expected an instance that began ${expected}, got one that began ${got}`;
}

/** Null when the attested instance signed this certificate about itself; else what is wrong. */
export function certificateMismatch(
  signed: SignedCertificate,
  attestation: ServiceAttestation,
  origin: Uint8Array,
): string | null {
  const mismatch = headMismatch(signed.certificate, attestation, origin);
  if (mismatch !== null) return mismatch;
  return verifyCertificate(signed, attestation.publicKey)
    ? null
    : `expected a signature by the attested key ${short(attestation.publicKey)}, got another`;
}

/**
 * Null when `next` continues `head` in one history of one instance; else what breaks. Both are
 * signed by that instance, so a break is the proof that it (or a copy of it) signed two histories.
 */
export function linkMismatch(head: SignedCertificate, next: SignedCertificate): string | null {
  const [before, after] = [head.certificate, next.certificate];
  if (after.epoch !== before.epoch + 1) {
    return `expected the certificate of epoch ${before.epoch + 1}, got that of ${after.epoch}`;
  }
  if (!equalBytes(after.previous, head.hash)) {
    return (
      `expected epoch ${after.epoch} to continue ${short(head.hash)}, ` +
      `got one that continues ${short(after.previous)}`
    );
  }
  if (after.threads.length !== before.threads.length) {
    return `expected ${before.threads.length} threads, got ${after.threads.length}`;
  }
  if (after.operations < before.operations) {
    return `expected at least ${before.operations} operations, got ${after.operations}`;
  }
  return null;
}

/** The first 8 bytes in hex: enough for people to compare; programs compare all bytes. */
export function short(bytes: Uint8Array): string {
  return `${toHex(bytes.subarray(0, 8))}..`;
}
