// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { CertificateAnswer } from "@zeta/protocol/http-api";
import { CERTIFICATES_MAX } from "./limits.ts";

/** The certificates of one instance, epoch after epoch; the oldest go when there are too many. */
export class CertificateLog {
  readonly #max: number;
  readonly #certificates: (Uint8Array | undefined)[] = [];
  #first: number;

  /** @param first the instance's first epoch */
  constructor(max = CERTIFICATES_MAX, first = 0) {
    assert(max >= 1, "room for at least one certificate");
    this.#max = max;
    this.#first = first;
  }

  /** The newest certified epoch, null before the first. */
  get latest(): number | null {
    const { length } = this.#certificates;
    return length === 0 ? null : this.#first + length - 1;
  }

  /** The oldest epoch whose certificate is kept. */
  get first(): number {
    return this.#first;
  }

  append(bytes: Uint8Array): SignedCertificate {
    const signed = decodeCertificate(bytes);
    const expected = this.#first + this.#certificates.length;
    const { epoch } = signed.certificate;
    assert(epoch === expected, `the certificate of epoch ${expected}, got that of ${epoch}`);
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
