// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import { encodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { CERTIFICATES_KEPT } from "./limits.ts";
import { type Beginning, FROM_NOTHING } from "./verify/beginning.ts";
import { certificateMismatch, linkMismatch } from "./verify/check-statement.ts";
import { StepFailure } from "./verify/findings.ts";

/** What {@link CertificateChain.take} made of a certificate. */
export type Taken =
  | "new" // it is the head now
  | "known" // seen before, or older than what is remembered
  | "gap"; // signed, but certificates between the head and this one are missing

/** Signed by the right key and yet impossible beside `ours`: the two together are the proof. */
export class ChainFailure extends StepFailure {
  readonly chainCode: "fork" | "chain_broken";
  readonly ours: SignedCertificate;
  readonly theirs: SignedCertificate;

  constructor(
    code: "fork" | "chain_broken",
    detail: string,
    ours: SignedCertificate,
    theirs: SignedCertificate,
  ) {
    super(code, detail);
    this.chainCode = code;
    this.ours = ours;
    this.theirs = theirs;
  }
}

/**
 * What a client remembers of one instance: its certificates in order. The first one seen is taken
 * on trust, wherever the instance's history stands; from then on every certificate must continue
 * the one before it.
 */
export class CertificateChain {
  readonly attestation: ServiceAttestation;
  readonly beginning: Beginning;
  readonly #kept: SignedCertificate[] = [];
  readonly #keptMax: number;
  #firstEpoch: number | null = null;
  #birth: SignedCertificate | null = null;

  constructor(
    attestation: ServiceAttestation,
    beginning: Beginning = FROM_NOTHING,
    keptMax = CERTIFICATES_KEPT,
  ) {
    this.attestation = attestation;
    this.beginning = beginning;
    this.#keptMax = keptMax;
  }

  get head(): SignedCertificate | null {
    return this.#kept.at(-1) ?? null;
  }

  /** Epoch of the oldest certificate that is remembered. */
  get oldestEpoch(): number | null {
    return this.#kept[0]?.certificate.epoch ?? null;
  }

  /** Epoch of the certificate that was taken on trust. */
  get firstEpoch(): number | null {
    return this.#firstEpoch;
  }

  /** The instance's first certificate, if it was seen: where its history begins. */
  get birth(): SignedCertificate | null {
    return this.#birth;
  }

  /** Certificates seen, each continuing the one before it. */
  get length(): number {
    const head = this.head;
    return head === null || this.#firstEpoch === null
      ? 0
      : head.certificate.epoch - this.#firstEpoch + 1;
  }

  /** The certificate of an epoch, null if it was not seen or is not remembered any more. */
  get(epoch: number): SignedCertificate | null {
    const first = this.#kept[0];
    return first === undefined ? null : (this.#kept[epoch - first.certificate.epoch] ?? null);
  }

  /** Up to `count` certificates ending with `epoch`, as they travel. */
  upTo(epoch: number, count: number): readonly Uint8Array[] {
    const run: Uint8Array[] = [];
    for (let at = epoch; run.length < count; at--) {
      const signed = this.get(at);
      if (signed === null) break;
      run.unshift(encodeCertificate(signed));
    }
    return run;
  }

  /**
   * Takes a certificate that the host presents.
   *
   * @throws StepFailure `certificate_invalid`; {@link ChainFailure} `fork` or `chain_broken`.
   */
  take(signed: SignedCertificate): Taken {
    this.check(signed);
    const { epoch } = signed.certificate;
    const head = this.head;
    if (head === null) {
      this.#firstEpoch = epoch;
      this.#keep(signed);
      return "new";
    }
    if (epoch <= head.certificate.epoch) return this.#compare(signed);
    if (epoch > head.certificate.epoch + 1) return "gap";
    const mismatch = linkMismatch(head, signed);
    if (mismatch !== null) throw new ChainFailure("chain_broken", mismatch, head, signed);
    this.#keep(signed);
    return "new";
  }

  /**
   * Signed by the attested key, about the attested instance? @throws StepFailure
   * `certificate_invalid`.
   */
  check(signed: SignedCertificate): void {
    const known = this.get(signed.certificate.epoch);
    if (known !== null && sameStatement(known, signed)) return;
    const mismatch = certificateMismatch(signed, this.attestation, this.beginning.origin);
    if (mismatch === null) return;
    const detail = `certificate of epoch ${signed.certificate.epoch}: ${mismatch}`;
    throw new StepFailure("certificate_invalid", detail);
  }

  /**
   * The instance's first certificate, fetched apart: remembered for a fork, not part of the
   * unbroken chain.
   */
  rememberBirth(signed: SignedCertificate): void {
    this.check(signed);
    if (signed.certificate.epoch === this.beginning.epoch) this.#birth = signed;
  }

  #compare(signed: SignedCertificate): "known" {
    const { epoch } = signed.certificate;
    const ours = this.get(epoch) ?? (epoch === this.beginning.epoch ? this.#birth : null);
    if (ours !== null && !equalBytes(ours.hash, signed.hash)) {
      const detail = `expected one certificate of epoch ${epoch}, got two different ones`;
      throw new ChainFailure("fork", detail, ours, signed);
    }
    return "known";
  }

  #keep(signed: SignedCertificate): void {
    if (signed.certificate.epoch === this.beginning.epoch) this.#birth = signed;
    this.#kept.push(signed);
    if (this.#kept.length > this.#keptMax) this.#kept.shift();
  }
}

function sameStatement(one: SignedCertificate, two: SignedCertificate): boolean {
  return equalBytes(one.hash, two.hash) && equalBytes(one.signature, two.signature);
}
