// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import {
  decodeCertificate,
  encodeCertificate,
  NO_CERTIFICATE,
  type SignedCertificate,
} from "@zeta/protocol/certificate";
import { CertificateChain, ChainFailure } from "../certificate-chain.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { GAP_EPOCHS_MAX, STREAM_LINGER_MS } from "../limits.ts";
import { RefusedError } from "../refusal.ts";
import type { ResolvedTrust } from "../trust.ts";
import { decodeOr, StepFailure } from "../verify/findings.ts";
import { checkViolation, describeViolation } from "../verify/verify-violation.ts";
import { writeEvidence } from "../write-evidence.ts";
import { type Grounds, groundsAgainst, recentCertificates } from "./other-instance.ts";
import { followStatements } from "./statement-source.ts";

export interface WatchListener {
  /** A certificate that continues the chain. */
  readonly certificate?: (signed: SignedCertificate) => void;
  /** The instance is refused for good; nothing follows. */
  readonly refusal?: (error: RefusedError) => void;
  /** The service answered (null), or why it did not. Not the end: the watch goes on trying. */
  readonly contact?: (error: unknown) => void;
}

/**
 * Watches one attested instance: takes its certificates into the chain, its violations, and notices
 * when another instance answers in its place. Follows the service only while somebody listens, so
 * that a program that waits for nothing can end.
 */
export class InstanceWatch {
  readonly chain: CertificateChain;
  readonly #api: ServiceApi;
  readonly #trust: ResolvedTrust;
  readonly #listeners = new Set<WatchListener>();
  #following: AbortController | null = null;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #investigation: Promise<void> | null = null;
  #refusal: RefusedError | null = null;
  #lastError: unknown;

  constructor(api: ServiceApi, attestation: ServiceAttestation, trust: ResolvedTrust) {
    this.#api = api;
    this.#trust = trust;
    this.chain = new CertificateChain(attestation);
  }

  /** Why this instance is refused for good, null while it is not. */
  get refusal(): RefusedError | null {
    return this.#refusal;
  }

  /** What last kept statements from coming, for the message of a timeout. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /**
   * Takes the newest certificate on trust, and remembers where the instance's history begins, if
   * the service still shows it.
   */
  async begin(signal?: AbortSignal): Promise<void> {
    const latest = await this.#api.latestCertificate(signal);
    if (latest === null) return;
    await this.takeCertificate(latest);
    if (this.refusal !== null || this.chain.birth !== null) return;
    const birth = await this.#api.certificate(0, signal);
    if (birth !== null) {
      this.#refusing(birth, (signed) => this.chain.rememberBirth(signed));
    }
  }

  /** Listens, and follows the service meanwhile. Returns the function that ends it. */
  listen(listener: WatchListener): () => void {
    this.#listeners.add(listener);
    clearTimeout(this.#linger);
    if (this.#following === null && this.#refusal === null) this.#follow();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#linger);
      this.#linger = setTimeout(() => this.close(), STREAM_LINGER_MS);
    };
  }

  /** Stops following at once. */
  close(): void {
    clearTimeout(this.#linger);
    this.#following?.abort();
    this.#following = null;
  }

  #follow(): void {
    const controller = new AbortController();
    this.#following = controller;
    const sink = {
      nextEpoch: () => (this.chain.head === null ? 0 : this.chain.head.certificate.epoch + 1),
      take: (statement: { readonly type: string; readonly bytes: Uint8Array }) =>
        statement.type === "certificate"
          ? this.takeCertificate(statement.bytes)
          : this.takeViolation(statement.bytes),
      poll: (andBetween: boolean, signal: AbortSignal) => this.#poll(andBetween, signal),
      contact: (error: unknown) => {
        if (controller.signal.aborted) return;
        if (error !== null) this.#lastError = error;
        for (const one of [...this.#listeners]) one.contact?.(error);
      },
    };
    void followStatements(this.#api, sink, controller.signal);
  }

  /**
   * Looks at everything that the service says of itself now. Never fails: it only finds more than
   * was known.
   */
  investigate(): Promise<void> {
    this.#investigation ??= this.#lookAround().finally(() => {
      this.#investigation = null;
    });
    return this.#investigation;
  }

  async #lookAround(): Promise<void> {
    try {
      const attestation = await this.#api.attestation();
      if (!equalBytes(attestation.instanceId, this.chain.attestation.instanceId)) {
        await this.#meet(null, attestation);
      }
      await this.#poll(true);
    } catch (error) {
      this.#lastError = error;
    }
  }

  async #poll(andBetween: boolean, signal?: AbortSignal): Promise<void> {
    for (const violation of await this.#api.violations(signal)) await this.takeViolation(violation);
    const latest = await this.#api.latestCertificate(signal);
    if (latest !== null) await this.takeCertificate(latest, andBetween);
  }

  /**
   * Takes a certificate from the host into the chain; fetches the ones between, or leaves a
   * certificate behind a gap for later. A bad one refuses the instance.
   *
   * @throws TransportError when the ones between cannot be had.
   */
  async takeCertificate(bytes: Uint8Array, andBetween = true): Promise<void> {
    if (this.#refusal !== null) return;
    const signed = this.#refusing(bytes, (one) => one);
    if (signed === null) return;
    if (!equalBytes(signed.certificate.instanceId, this.chain.attestation.instanceId)) {
      await this.#meet(signed, null);
    } else if (this.#takeOne(bytes) === "gap" && andBetween) {
      await this.#fillGap(signed.certificate.epoch);
      if (this.#refusal === null) this.#takeOne(bytes);
    }
  }

  #takeOne(bytes: Uint8Array): "new" | "known" | "gap" | null {
    return this.#refusing(bytes, (signed) => {
      const taken = this.chain.take(signed);
      if (taken === "new") for (const one of [...this.#listeners]) one.certificate?.(signed);
      return taken;
    });
  }

  async #fillGap(before: number): Promise<void> {
    for (let head = this.chain.head; head !== null && this.#refusal === null; ) {
      const wanted: number = head.certificate.epoch + 1;
      if (wanted >= before) return;
      const bytes: Uint8Array | null =
        before - wanted > GAP_EPOCHS_MAX ? null : await this.#api.certificate(wanted);
      if (bytes !== null) this.#takeOne(bytes);
      if (this.chain.head === head) {
        const got = bytes === null ? "none" : "another";
        const detail = `expected the certificate of epoch ${wanted}, got ${got}`;
        this.#refuse({ code: "chain_broken", detail });
      }
      head = this.chain.head;
    }
  }

  /** Decodes and uses a certificate; what is wrong with it refuses the instance. */
  #refusing<T>(bytes: Uint8Array, use: (signed: SignedCertificate) => T): T | null {
    try {
      return use(decodeOr("certificate_invalid", "certificate", decodeCertificate, bytes));
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.#refuse(certificateGrounds(error, bytes));
      return null;
    }
  }

  /** Another instance answers: known by its attestation, or by a certificate that asks for one. */
  async #meet(signed: SignedCertificate | null, known: ServiceAttestation | null): Promise<void> {
    let attestation = known;
    try {
      attestation ??= await this.#api.attestation();
    } catch (error) {
      this.#lastError = error;
    }
    const { policy } = this.#trust;
    const stranger = { attestation, signed };
    this.#refuse(await groundsAgainst(stranger, this.chain, this.#api, policy));
  }

  /**
   * Takes a violation statement; one that the attested monitor did not sign says nothing and is
   * ignored.
   */
  async takeViolation(bytes: Uint8Array): Promise<void> {
    if (this.#refusal !== null) return;
    try {
      const signed = checkViolation(bytes, this.chain.attestation);
      await this.#catchUpTo(signed.violation.previous);
      const { check } = signed.violation;
      const parts = { violation: bytes };
      this.#refuse({ code: "violation", detail: describeViolation(signed), check, parts });
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.#lastError = error;
    }
  }

  /**
   * What was certified before the violation stays certified: take those certificates first, as far
   * as the service shows them.
   */
  async #catchUpTo(last: Uint8Array): Promise<void> {
    const head = this.chain.head?.hash ?? NO_CERTIFICATE;
    if (equalBytes(head, last)) return;
    try {
      const latest = await this.#api.latestCertificate();
      if (latest !== null) await this.takeCertificate(latest);
    } catch (error) {
      this.#lastError = error;
    }
  }

  #refuse({ code, detail, check = null, parts = {} }: Grounds): void {
    if (this.#refusal !== null) return;
    const { attestation } = this.chain;
    const certificates = recentCertificates(this.chain);
    const refusal = { code, check, detail };
    const evidence = writeEvidence({ attestation, certificates, ...parts, refusal });
    this.#refusal = new RefusedError(code, detail, { check, evidence });
    this.close();
    for (const one of [...this.#listeners]) one.refusal?.(this.#refusal);
  }
}

/** A certificate that the chain refused, and what is wrong with it. */
function certificateGrounds(failure: StepFailure, bytes: Uint8Array): Grounds {
  const { check, message: detail } = failure;
  const other = { attestation: null, certificates: [bytes] };
  if (!(failure instanceof ChainFailure)) {
    return { code: "certificate_invalid", detail, check, parts: { other } };
  }
  const certificates = [encodeCertificate(failure.ours)];
  return { code: failure.chainCode, detail, check, parts: { certificates, other } };
}
