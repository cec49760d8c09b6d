// SPDX-License-Identifier: Apache-2.0
import { encodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { decodeReceipt } from "@zeta/protocol/receipt";
import type { ToldReceipt } from "../http/answers.ts";
import { TransportError } from "../http/transport-error.ts";
import { EVIDENCE_CERTIFICATES_WRITTEN } from "../limits.ts";
import { Proof } from "../proof.ts";
import { type RefusalCode, RefusedError } from "../refusal.ts";
import type { ResolvedTrust } from "../trust.ts";
import { checkAnswer } from "../verify/check-answer.ts";
import { writeEvidence } from "../write-evidence.ts";
import { type CertificateOf, contradictionBefore, signedBy } from "./ancestor-certificate.ts";
import type { CallOrder } from "./call-order.ts";
import type { InstanceWatch } from "./instance-watch.ts";
import { type PendingAnswer, refusalOf } from "./pending-answer.ts";

export type CertifiedReceipt = Extract<ToldReceipt, { readonly status: "certified" }>;

/**
 * Judges single answers against the chain of a watched instance: a proof, or a refusal with all
 * that led to it.
 */
export class AnswerJudge {
  readonly #watch: InstanceWatch;
  readonly #trust: ResolvedTrust;
  readonly #order: CallOrder;
  /**
   * The chain's certificates as hex, to compare them with those that come with thousands of
   * receipts.
   */
  readonly #hex = new WeakMap<SignedCertificate, string>();

  constructor(watch: InstanceWatch, trust: ResolvedTrust, order: CallOrder) {
    this.#watch = watch;
    this.#order = order;
    this.#trust = trust;
  }

  /** @throws TransportError when certificates that are needed cannot be had now. */
  async judge(answer: PendingAnswer, told: CertifiedReceipt): Promise<Proof | RefusedError> {
    const { question, result } = answer;
    const { receipt } = told;
    const found = await this.#certificateFor(answer.told.epoch, told.certificate);
    if (found === null) {
      const { refusal } = this.#watch;
      if (refusal !== null) return refusalOf(refusal, question, result);
      const detail = `expected the certificate of epoch ${answer.told.epoch}, got another`;
      return this.refuse(answer, "receipt_mismatch", detail, { receipt });
    }
    const { certificate, instance } = found;
    const claim = { question, result, receipt, told: answer.told };
    const { steps, failure } = checkAnswer(claim, [certificate]);
    if (failure !== null) {
      // The steps of an answer fail with codes of refusals only.
      const code = failure.code as RefusalCode;
      return this.refuse(answer, code, failure.detail, { receipt, check: failure.check });
    }
    if (!this.#watch.vouchFor(found)) {
      const message = `expected one instance while an answer was checked, got another`;
      throw new TransportError("service_error", message, { problem: "restarting" });
    }
    const disorder = this.#order.place(answer.time, decodeReceipt(receipt));
    // Without the receipt: by itself it is in order, and nobody else can know when this client called.
    if (disorder !== null) return this.refuse(answer, "order_violated", disorder);
    return new Proof({
      instance,
      answer,
      receipt,
      certificate,
      answerSteps: steps,
      measurementsFrom: this.#trust.measurementsFrom,
    });
  }

  refuse(
    answer: PendingAnswer,
    code: RefusalCode,
    detail: string,
    more: {
      readonly check?: string | null;
      readonly receipt?: Uint8Array;
      readonly cause?: unknown;
    } = {},
  ): RefusedError {
    const { question, result, told } = answer;
    const { attestation, chain, lineage } = this.#watch.instance;
    const { check = null, receipt = null, cause } = more;
    const evidence = writeEvidence({
      attestation,
      lineage,
      certificates: chain.upTo(told.epoch, EVIDENCE_CERTIFICATES_WRITTEN),
      question,
      result,
      receipt,
      refusal: { code, check, detail },
    });
    return new RefusedError(code, detail, { check, evidence, cause });
  }

  /**
   * The chain's certificate of the epoch. The one that came with the receipt is taken like any
   * other, so that a different one is noticed; it serves itself only when the chain does not
   * remember that epoch.
   */
  async #certificateFor(epoch: number, offered: string): Promise<CertificateOf | null> {
    const known = this.#remembered(epoch, offered);
    if (known !== null) return known;
    const bytes = fromHex(offered);
    await this.#watch.takeCertificate(bytes);
    if (this.#watch.refusal !== null && this.#watch.refusal.code !== "violation") return null;
    const late = this.#remembered(epoch, offered);
    if (late !== null) return late;
    // The watch may be about another instance by now.
    const { instance, predecessor } = this.#watch;
    if (epoch < instance.chain.beginning.epoch) return this.#watch.ofAncestor(epoch, bytes);
    const certificate = instance.chain.get(epoch);
    if (certificate !== null) return this.#uncontradicted({ certificate, instance }, bytes);
    const signed = signedBy(instance, bytes);
    if (signed !== null)
      return signed.certificate.epoch === epoch ? { certificate: signed, instance } : null;
    if (predecessor === null || signedBy(predecessor, bytes) === null) return null;
    // Under way when the service was restarted, and compared with nothing: the new instance is asked.
    const message = `expected a certificate of the instance that answers now, got a late one of epoch ${epoch}`;
    throw new TransportError("service_error", message, { problem: "restarting" });
  }

  /** Null: what was offered proves that there are two histories. */
  #uncontradicted(counts: CertificateOf, offered: Uint8Array): CertificateOf | null {
    const { ancestors } = this.#watch.instance;
    const grounds = contradictionBefore(offered, ancestors.known, counts);
    if (grounds === null) return counts;
    this.#watch.refuse(grounds);
    return null;
  }

  /** Of the instance that is believed now: what one before it certified may have been certified otherwise since. */
  #remembered(epoch: number, offered: string): CertificateOf | null {
    const { instance } = this.#watch;
    const certificate = instance.chain.get(epoch);
    if (certificate === null || this.#hexOf(certificate) !== offered) return null;
    return { certificate, instance };
  }

  #hexOf(signed: SignedCertificate): string {
    const cached = this.#hex.get(signed);
    if (cached !== undefined) return cached;
    const hex = toHex(encodeCertificate(signed));
    this.#hex.set(signed, hex);
    return hex;
  }
}
