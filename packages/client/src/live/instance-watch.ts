// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import type { CertificateChain } from "../certificate-chain.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { TransportError } from "../http/transport-error.ts";
import { GAP_EPOCHS_MAX, STREAM_LINGER_MS } from "../limits.ts";
import { RefusedError } from "../refusal.ts";
import { decodeOr, StepFailure } from "../verify/findings.ts";
import { checkViolation, describeViolation } from "../verify/verify-violation.ts";
import { writeEvidence } from "../write-evidence.ts";
import { ancestorCertificate, type CertificateOf } from "./ancestor-certificate.ts";
import type { LivingInstance } from "./ancestors.ts";
import { certificateGrounds, type Grounds } from "./grounds.ts";
import { introduce } from "./introduce.ts";
import type { Judgement } from "./known-instance.ts";
import { foreignCertificate, recentCertificates, unacceptableGrounds } from "./other-instance.ts";
import { ProvenEpochs } from "./proven-epochs.ts";
import { type Loss, lossBy, type Restart } from "./restart-loss.ts";
import { followStatements } from "./statement-source.ts";
import { judgeSuccession } from "./succession.ts";

export interface WatchListener {
  /** A certificate that continues the chain. */
  readonly certificate?: (signed: SignedCertificate) => void;
  /** The service was restarted: another instance goes on with the history that this client saw. */
  readonly restart?: (attestation: ServiceAttestation) => void;
  /** The instance is refused for good; nothing follows. */
  readonly refusal?: (error: RefusedError) => void;
  /** The service answered (null), or why it did not. Not the end: the watch goes on trying. */
  readonly contact?: (error: unknown) => void;
}

/**
 * Watches an attested instance: takes its certificates into the chain, its violations, and notices
 * when another instance answers in its place. One that has the history that was seen takes over; any
 * other is refused. Follows the service only while somebody listens, so that a program that waits for
 * nothing can end.
 */
export class InstanceWatch {
  readonly #api: ServiceApi;
  readonly #judgement: Judgement;
  #instance: LivingInstance;
  /** The one before, for what of it is still on its way. */
  #predecessor: LivingInstance | null = null;
  /** Answers in place of `#instance`, and has not caught up with it yet. */
  #candidate: { readonly instance: LivingInstance; readonly grounds: Grounds } | null = null;
  readonly #restarts: Restart[] = [];
  readonly #proven = new ProvenEpochs();
  /** Meetings with other instances, one after the other. */
  #meeting: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<WatchListener>();
  #following: AbortController | null = null;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #investigation: Promise<void> | null = null;
  #refusal: RefusedError | null = null;
  #lastError: unknown;

  constructor(api: ServiceApi, instance: LivingInstance, judgement: Judgement) {
    this.#api = api;
    this.#instance = instance;
    this.#judgement = judgement;
  }

  /** The instance that is believed now. */
  get instance(): LivingInstance {
    return this.#instance;
  }

  get chain(): CertificateChain {
    return this.#instance.chain;
  }

  /** The one before it, null if there was none while this client lived. */
  get predecessor(): LivingInstance | null {
    return this.#predecessor;
  }

  /** Counts the restarts that this client saw. */
  get generation(): number {
    return this.#restarts.length;
  }

  /** Does another instance answer that has still to show that it has the history of this one? */
  get isUndecided(): boolean {
    return this.#candidate !== null;
  }

  /** Why an answer of this epoch, asked for in this generation, may be without a receipt; null if it must have one. */
  lossOf(generation: number, epoch: number): Loss | null {
    return lossBy(this.#restarts.slice(generation), epoch);
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
    const birth = await this.#api.certificate(this.chain.beginning.epoch, signal);
    if (birth === null) return;
    this.#refusing(birth, (signed) => {
      if (this.#isCurrent(signed.certificate)) this.chain.rememberBirth(signed);
    });
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
      nextEpoch: () => {
        const { beginning, head } = this.chain;
        return head === null ? beginning.epoch : head.certificate.epoch + 1;
      },
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

  /**
   * An answer is about to be proven by this certificate: whoever takes over must have that epoch. False: somebody has taken over since it was
   * found, and it must be looked for again.
   */
  vouchFor({ certificate, instance }: CertificateOf): boolean {
    if (instance.chain !== this.chain) {
      return this.#instance.ancestors.owns(certificate.certificate.epoch, instance.attestation);
    }
    this.#proven.add({ certificate, instance });
    return true;
  }

  /** The last look: an instance that has not caught up by now is refused. */
  async conclude(): Promise<void> {
    await this.investigate();
    if (this.#candidate !== null) this.refuse(this.#candidate.grounds);
  }

  async #lookAround(): Promise<void> {
    try {
      const attestation = await this.#api.attestation();
      if (this.#isCurrent(attestation)) this.#candidate = null;
      else await this.#meet(null, attestation);
      await this.#poll(true);
    } catch (error) {
      this.#lastError = error;
    }
  }

  #isCurrent({ instanceId }: { readonly instanceId: Uint8Array }): boolean {
    return equalBytes(instanceId, this.chain.attestation.instanceId);
  }

  async #poll(andBetween: boolean, signal?: AbortSignal): Promise<void> {
    for (const violation of await this.#api.violations(signal)) await this.takeViolation(violation);
    const latest = await this.#api.latestCertificate(signal);
    if (latest !== null) await this.takeCertificate(latest, andBetween);
  }

  /**
   * Takes a certificate from the host into the chain; fetches the ones between, or leaves a
   * certificate behind a gap for later. A bad one refuses the instance; one of another instance is looked into.
   *
   * @throws TransportError when the ones between cannot be had, or another instance has not caught up yet.
   */
  async takeCertificate(bytes: Uint8Array, andBetween = true): Promise<void> {
    if (this.#refusal !== null) return;
    const signed = this.#refusing(bytes, (one) => one);
    if (signed === null) return;
    if (!this.#isCurrent(signed.certificate)) await this.#meet(signed, null);
    if (this.#refusal !== null || !this.#isCurrent(signed.certificate)) return;
    if (this.#takeOne(bytes) !== "gap" || !andBetween) return;
    await this.#fillGap(signed.certificate.epoch);
    if (this.#refusal === null && this.#isCurrent(signed.certificate)) this.#takeOne(bytes);
  }

  /** The certificate of an epoch before the instance's first; null: what the host shows of an ancestor refused the instance. */
  async ofAncestor(epoch: number, offered: Uint8Array): Promise<CertificateOf | null> {
    const shown = await ancestorCertificate(epoch, this.#instance, this.#api, offered);
    if (shown.kind === "shown") return shown;
    if (shown.kind === "refused") this.refuse(shown.grounds);
    else {
      const detail = `expected the certificate of epoch ${shown.epoch}, which leads to that of epoch ${epoch}, got none`;
      this.refuse({ code: "chain_broken", detail });
    }
    return null;
  }

  #takeOne(bytes: Uint8Array): "new" | "known" | "gap" | null {
    return this.#refusing(bytes, (signed) => {
      const taken = this.chain.take(signed);
      if (taken === "new") for (const one of [...this.#listeners]) one.certificate?.(signed);
      return taken;
    });
  }

  async #fillGap(before: number): Promise<void> {
    const { chain } = this;
    for (let head = chain.head; head !== null && this.#refusal === null; ) {
      const wanted: number = head.certificate.epoch + 1;
      if (wanted >= before) return;
      const bytes: Uint8Array | null =
        before - wanted > GAP_EPOCHS_MAX ? null : await this.#api.certificate(wanted);
      if (bytes === null || this.#isForeign(bytes)) {
        const attestation = await this.#api.attestation();
        if (!this.#isCurrent(attestation)) return this.#meet(null, attestation);
      }
      if (this.chain !== chain) return;
      if (bytes !== null) this.#takeOne(bytes);
      if (chain.head === head) {
        const got = bytes === null ? "none" : "another";
        const detail = `expected the certificate of epoch ${wanted}, got ${got}`;
        this.refuse({ code: "chain_broken", detail });
      }
      head = chain.head;
    }
  }

  /** Is it a certificate, and of another instance? */
  #isForeign(bytes: Uint8Array): boolean {
    const signed = this.#refusing(bytes, (one) => one);
    return signed !== null && !this.#isCurrent(signed.certificate);
  }

  /** Decodes and uses a certificate; what is wrong with it refuses the instance. */
  #refusing<T>(bytes: Uint8Array, use: (signed: SignedCertificate) => T): T | null {
    try {
      return use(decodeOr("certificate_invalid", "certificate", decodeCertificate, bytes));
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.refuse(certificateGrounds(error, bytes));
      return null;
    }
  }

  /**
   * Another instance answers: known by its attestation, or by a certificate that asks for one.
   *
   * @throws TransportError when what it says of itself cannot be had, or it has not caught up yet.
   */
  #meet(signed: SignedCertificate | null, known: ServiceAttestation | null): Promise<void> {
    const meeting = this.#meeting.then(async () => {
      if (this.#refusal !== null || (signed !== null && this.#isKnown(signed.certificate))) return;
      // Who answered before this meeting may be the one before by now.
      const isFresh = known !== null && !this.#isKnown(known);
      await this.#judgeStranger(signed, isFresh ? known : await this.#api.attestation());
    });
    this.#meeting = meeting.catch(() => undefined);
    return meeting;
  }

  /** The instance itself, one that it continues, or the one before it, of which something may still be on its way. */
  #isKnown(one: { readonly instanceId: Uint8Array }): boolean {
    if (this.#isCurrent(one) || this.#instance.ancestors.has(one)) return true;
    const before = this.#predecessor?.attestation.instanceId;
    return before !== undefined && equalBytes(one.instanceId, before);
  }

  async #judgeStranger(
    signed: SignedCertificate | null,
    attestation: ServiceAttestation,
  ): Promise<void> {
    if (this.#isCurrent(attestation)) {
      const grounds = signed && foreignCertificate(signed, this.#instance);
      if (grounds !== null) this.refuse(grounds);
      return;
    }
    const stranger = await this.#introduced(attestation);
    if (stranger === null) return;
    if (signed !== null && equalBytes(signed.certificate.instanceId, attestation.instanceId)) {
      const grounds = foreignCertificate(signed, stranger);
      if (grounds !== null) return this.refuse(grounds);
    }
    await this.#compareWith(stranger);
  }

  /** @throws TransportError when what is compared cannot be had, or the stranger has not caught up yet. */
  async #compareWith(stranger: LivingInstance): Promise<void> {
    for (;;) {
      const { head } = this.chain;
      const { additions } = this.#proven;
      const succession = await judgeSuccession(this.#instance, stranger, this.#proven, this.#api);
      if (this.#refusal !== null) return;
      if (succession.kind === "refused") return this.refuse(succession.grounds);
      if (succession.kind === "behind") {
        const { grounds } = succession;
        this.#candidate = { instance: stranger, grounds };
        throw new TransportError("service_error", grounds.detail, { problem: "restarting" });
      }
      // The host chooses when to answer: what it certified or proved by the one instance meanwhile, the other must have, too.
      const isAll = this.chain.head === head && this.#proven.additions === additions;
      if (isAll) return this.#succeed(stranger);
    }
  }

  /** Null: it is not acceptable, and refused. One that was met before keeps what was compared of it. */
  async #introduced(attestation: ServiceAttestation): Promise<LivingInstance | null> {
    const met = this.#candidate?.instance ?? null;
    if (met !== null && equalBytes(met.attestation.instanceId, attestation.instanceId)) return met;
    const { claim, findings, instance } = await introduce(attestation, this.#api, this.#judgement);
    if (findings.failure !== null) {
      this.refuse(unacceptableGrounds(this.#instance, claim, findings.failure));
    }
    return instance;
  }

  /** From now on the watch is about this one. */
  #succeed(instance: LivingInstance): void {
    const certifiedTo = this.chain.head?.certificate.epoch ?? null;
    this.#restarts.push({ lastBefore: instance.chain.beginning.epoch - 1, certifiedTo });
    this.#predecessor = this.#instance;
    this.#instance = instance;
    this.#candidate = null;
    this.#proven.forgetBefore(instance.chain.beginning.epoch);
    for (const one of [...this.#listeners]) one.restart?.(instance.attestation);
    const head = this.chain.head?.certificate.epoch ?? -1;
    for (let epoch = (certifiedTo ?? head) + 1; epoch <= head; epoch++) {
      const signed = this.chain.get(epoch);
      if (signed !== null) for (const one of [...this.#listeners]) one.certificate?.(signed);
    }
  }

  /**
   * Takes a violation statement; one that the attested monitor did not sign says nothing and is
   * ignored.
   */
  async takeViolation(bytes: Uint8Array): Promise<void> {
    if (this.#refusal !== null) return;
    try {
      const signed = checkViolation(bytes, this.chain.attestation, this.chain.beginning.origin);
      await this.#catchUpTo(signed.violation.previous);
      const { check } = signed.violation;
      const parts = { violation: bytes };
      this.refuse({ code: "violation", detail: describeViolation(signed), check, parts });
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
    const head = this.chain.head?.hash ?? this.chain.beginning.origin;
    if (equalBytes(head, last)) return;
    try {
      const latest = await this.#api.latestCertificate();
      if (latest !== null) await this.takeCertificate(latest);
    } catch (error) {
      this.#lastError = error;
    }
  }

  /** Refuses the instance for good. */
  refuse({ code, detail, check = null, parts = {} }: Grounds): void {
    if (this.#refusal !== null) return;
    const { attestation, chain, lineage } = this.#instance;
    const certificates = recentCertificates(chain);
    const refusal = { code, check, detail };
    const evidence = writeEvidence({ attestation, lineage, certificates, ...parts, refusal });
    this.#refusal = new RefusedError(code, detail, { check, evidence });
    this.close();
    for (const one of [...this.#listeners]) one.refusal?.(this.#refusal);
  }
}
