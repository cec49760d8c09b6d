// SPDX-License-Identifier: Apache-2.0
import {
  decodeCertificate,
  encodeCertificate,
  type SignedCertificate,
} from "@zeta/protocol/certificate";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { decodeReceipt } from "@zeta/protocol/receipt";
import type { ToldReceipt } from "../http/answers.ts";
import { EVIDENCE_CERTIFICATES_WRITTEN } from "../limits.ts";
import { Proof } from "../proof.ts";
import { type RefusalCode, RefusedError } from "../refusal.ts";
import type { ResolvedTrust } from "../trust.ts";
import { checkAnswer } from "../verify/check-answer.ts";
import type { Findings } from "../verify/findings.ts";
import { writeEvidence } from "../write-evidence.ts";
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
  readonly #attestationFindings: Findings;
  readonly #trust: ResolvedTrust;
  readonly #order: CallOrder;
  /**
   * The chain's certificates as hex, to compare them with those that come with thousands of
   * receipts.
   */
  readonly #hex = new WeakMap<SignedCertificate, string>();

  constructor(
    watch: InstanceWatch,
    attestationFindings: Findings,
    trust: ResolvedTrust,
    order: CallOrder,
  ) {
    this.#watch = watch;
    this.#order = order;
    this.#attestationFindings = attestationFindings;
    this.#trust = trust;
  }

  /** @throws TransportError when certificates that are needed cannot be had now. */
  async judge(answer: PendingAnswer, told: CertifiedReceipt): Promise<Proof | RefusedError> {
    const { question, result } = answer;
    const { receipt } = told;
    const certificate = await this.#certificateFor(answer.told.epoch, told.certificate);
    if (certificate === null) {
      const { refusal } = this.#watch;
      if (refusal !== null) return refusalOf(refusal, question, result);
      const detail = `expected the certificate of epoch ${answer.told.epoch}, got another`;
      return this.refuse(answer, "receipt_mismatch", detail, { receipt });
    }
    const claim = { question, result, receipt, told: answer.told };
    const { steps, failure } = checkAnswer(claim, [certificate]);
    if (failure !== null) {
      // The steps of an answer fail with codes of refusals only.
      const code = failure.code as RefusalCode;
      return this.refuse(answer, code, failure.detail, { receipt, check: failure.check });
    }
    const disorder = this.#order.place(answer.time, decodeReceipt(receipt));
    // Without the receipt: by itself it is in order, and nobody else can know when this client called.
    if (disorder !== null) return this.refuse(answer, "order_violated", disorder);
    return new Proof({
      attestation: this.#watch.chain.attestation,
      attestationSteps: this.#attestationFindings.steps,
      answer,
      receipt,
      certificate,
      chain: this.#watch.chain,
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
    const { chain } = this.#watch;
    const { check = null, receipt = null, cause } = more;
    const evidence = writeEvidence({
      attestation: chain.attestation,
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
  async #certificateFor(epoch: number, offered: string): Promise<SignedCertificate | null> {
    const { chain } = this.#watch;
    const known = chain.get(epoch);
    if (known !== null && this.#hexOf(known) === offered) return known;
    const bytes = fromHex(offered);
    await this.#watch.takeCertificate(bytes);
    if (this.#watch.refusal !== null && this.#watch.refusal.code !== "violation") return null;
    const remembered = chain.get(epoch);
    if (remembered !== null) return remembered;
    try {
      const signed = decodeCertificate(bytes);
      chain.check(signed);
      return signed.certificate.epoch === epoch ? signed : null;
    } catch (error) {
      if (!(error instanceof ZetaError)) throw error;
      return null;
    }
  }

  #hexOf(signed: SignedCertificate): string {
    const cached = this.#hex.get(signed);
    if (cached !== undefined) return cached;
    const hex = toHex(encodeCertificate(signed));
    this.#hex.set(signed, hex);
    return hex;
  }
}
