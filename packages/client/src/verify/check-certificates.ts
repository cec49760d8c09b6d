// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { decodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { beginningOf, type InstanceClaim } from "./beginning.ts";
import { certificateMismatch, linkMismatch, short } from "./check-statement.ts";
import { decodeOr, type Findings, runSteps, StepFailure } from "./findings.ts";

/** Decodes certificates that a host or a file gave. @throws StepFailure `certificate_invalid`. */
export function decodeCertificates(bytes: readonly Uint8Array[]): readonly SignedCertificate[] {
  return bytes.map((one) => decodeOr("certificate_invalid", "certificate", decodeCertificate, one));
}

/**
 * The steps `certificate` (each is signed by the attested key, about the attested instance, service
 * and code, and where it began) and `chain` (each continues the one before it).
 */
export function checkCertificates(
  certificates: readonly Uint8Array[],
  { attestation, lineage }: InstanceClaim,
): Findings {
  let signed: readonly SignedCertificate[] = [];
  return runSteps([
    [
      "certificate",
      () => {
        signed = decodeCertificates(certificates);
        return checkSignatures(signed, attestation, beginningOf(lineage).origin);
      },
    ],
    ["chain", () => checkLinks(signed)],
  ]);
}

function checkSignatures(
  signed: readonly SignedCertificate[],
  attestation: ServiceAttestation,
  origin: Uint8Array,
): string {
  const last = signed.at(-1);
  if (last === undefined) {
    throw new StepFailure("evidence_incomplete", "expected a certificate, got none");
  }
  for (const one of signed) {
    const mismatch = certificateMismatch(one, attestation, origin);
    if (mismatch === null) continue;
    const detail = `certificate of epoch ${one.certificate.epoch}: ${mismatch}`;
    throw new StepFailure("certificate_invalid", detail);
  }
  return `epoch ${last.certificate.epoch}, ${short(last.hash)}, signed by the attested key`;
}

function checkLinks(signed: readonly SignedCertificate[]): string {
  for (const [i, next] of signed.entries()) {
    const head = signed[i - 1];
    const mismatch = head === undefined ? null : linkMismatch(head, next);
    if (mismatch !== null) throw new StepFailure("chain_broken", mismatch);
  }
  const [first, last] = [signed[0]?.certificate, signed.at(-1)?.certificate];
  if (signed.length === 1) return "one certificate: nothing to compare it with";
  return `${signed.length} certificates, unbroken from epoch ${first?.epoch} to ${last?.epoch}`;
}
