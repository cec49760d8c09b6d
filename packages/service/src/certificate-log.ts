// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { CertificateAnswer } from "@zeta/protocol/http-api";
import { CERTIFICATES_MAX } from "./limits.ts";

/** The certificates of an instance, epoch after epoch, behind those of the instances that it continues; the oldest go when there are too many. */
export class CertificateLog {
  readonly #max: number;
  readonly #certificates: (Uint8Array | undefined)[] = [];
  /** The instance's own first epoch. */
  readonly #begin: number;
  #first: number;

  /** @param first the instance's first epoch */
  constructor(max = CERTIFICATES_MAX, first = 0) {
    assert(max >= 1, "room for at least one certificate");
    this.#max = max;
    this.#begin = first;
    this.#first = first;
  }

  /** The newest epoch that this instance has certified, null before the first. */
  get latest(): number | null {
    return this.next === this.#begin ? null : this.next - 1;
  }

  /** The epoch of the certificate that comes next. */
  get next(): number {
    return this.#first + this.#certificates.length;
  }

  /** The oldest epoch whose certificate is kept. */
  get first(): number {
    return this.#first;
  }

  /** Takes back what the instances before certified, up to the epoch before the instance's first; before its own first certificate. */
  restore(past: readonly Uint8Array[]): void {
    assert(this.#certificates.length === 0, "certificates of the past before those of the present");
    const kept = past.slice(-this.#max);
    for (const bytes of kept) this.#certificates.push(bytes);
    this.#first = this.#begin - kept.length;
  }

  append(bytes: Uint8Array): SignedCertificate {
    const signed = decodeCertificate(bytes);
    const { next } = this;
    const { epoch } = signed.certificate;
    assert(epoch === next, `the certificate of epoch ${next}, got that of ${epoch}`);
    this.#certificates.push(bytes);
    if (this.#certificates.length > this.#max) {
      this.#certificates.shift();
      this.#first++;
    }
    return signed;
  }

  get(epoch: number): Uint8Array | null {
    return this.#certificates[epoch - this.#first] ?? null;
  }
}

/** A certificate with, for people, what is in it. */
export function certificateAnswer(bytes: Uint8Array): CertificateAnswer {
  const { certificate, hash } = decodeCertificate(bytes);
  return {
    epoch: certificate.epoch,
    operations: certificate.operations.toString(),
    previous: toHex(certificate.previous),
    hash: toHex(hash),
    certificate: toHex(bytes),
  };
}
