// SPDX-License-Identifier: Apache-2.0
import { encodeCertificate, type SignedCertificate } from "@zeta/protocol/certificate";
import { decodeKvResult } from "@zeta/protocol/kv";
import type { CertificateChain } from "./certificate-chain.ts";
import type { Evidence } from "./evidence.ts";
import { EVIDENCE_CERTIFICATES_WRITTEN } from "./limits.ts";
import type { KnownInstance } from "./live/known-instance.ts";
import type { PendingAnswer } from "./live/pending-answer.ts";
import { type ReportInput, type ReportRow, renderReport, reportRows } from "./report.ts";
import type { ResolvedTrust } from "./trust.ts";
import { Value } from "./value.ts";
import { short } from "./verify/check-statement.ts";
import type { Step } from "./verify/findings.ts";
import { writeEvidence } from "./write-evidence.ts";

export interface ProofParts {
  /** The one that certified the answer. */
  readonly instance: KnownInstance;
  readonly answer: PendingAnswer;
  readonly receipt: Uint8Array;
  readonly certificate: SignedCertificate;
  readonly answerSteps: readonly Step[];
  readonly measurementsFrom: ResolvedTrust["measurementsFrom"];
}

/**
 * An answer that was checked all the way to the quote: the monitor computed exactly this, in an
 * epoch that is certified.
 */
export class Proof {
  readonly epoch: number;
  /** The signed certificate of the epoch, as it travels. */
  readonly certificate: Uint8Array;
  /** The binary receipt. */
  readonly receipt: Uint8Array;
  /** What a get read; null when the key was absent, and for writes. */
  readonly value: Value | null;
  /** Did the key exist before the call? */
  readonly existed: boolean;
  /** Of a transaction: did every condition hold, so that everything was written? Null for other calls. */
  readonly done: boolean | null;
  readonly #parts: ProofParts;

  constructor(parts: ProofParts) {
    const { answer, certificate, receipt } = parts;
    this.#parts = parts;
    this.epoch = certificate.certificate.epoch;
    this.certificate = encodeCertificate(certificate);
    this.receipt = receipt;
    const { question } = answer;
    // A service's own results are in its answers; here there are those of the key-value service.
    const result =
      "function" in question ? { value: null } : decodeKvResult(question.operation, answer.result);
    this.value = "value" in result && result.value !== null ? new Value(result.value) : null;
    this.done = "done" in result ? result.done : null;
    this.existed = "existed" in result ? result.existed : this.value !== null;
  }

  /** Every check in order, all passed. */
  get steps(): readonly Step[] {
    const { answerSteps, instance, certificate } = this.#parts;
    return [
      ...instance.steps,
      certificateStep(certificate),
      chainStep(certificate, instance.chain),
      ...answerSteps,
    ];
  }

  /** About a dozen lines for people: what was checked, what it proves, what it does not. */
  report(): string {
    return renderReport(this.#reportInput());
  }

  /** The same line by line. */
  reportRows(): readonly ReportRow[] {
    return reportRows(this.#reportInput());
  }

  #reportInput(): ReportInput {
    const { answer, instance, measurementsFrom } = this.#parts;
    return {
      verdict: "certified",
      code: null,
      steps: this.steps,
      attestation: instance.attestation,
      question: answer.question,
      result: answer.result,
      measurementsFrom,
    };
  }

  /**
   * A JSON document on which `verifyEvidence` (and `zeta verify`) gives the verdict `certified`,
   * offline.
   */
  evidence(): Evidence {
    const { answer, instance, receipt } = this.#parts;
    const { question, result } = answer;
    const { attestation, chain, lineage } = instance;
    const run = chain.upTo(this.epoch, EVIDENCE_CERTIFICATES_WRITTEN);
    const certificates = run.length > 0 ? run : [this.certificate];
    return writeEvidence({ attestation, lineage, certificates, question, result, receipt });
  }
}

function certificateStep({ certificate, hash }: SignedCertificate): Step {
  const { epoch, operations } = certificate;
  const content = `epoch ${epoch}, ${short(hash)}, ${operations} operations so far`;
  const detail = `${content}, signed by the attested key`;
  return { name: "certificate", ok: true, detail };
}

/**
 * The client checked every link when the certificate came; what it cannot know is what was before
 * the first one it saw.
 */
function chainStep({ certificate }: SignedCertificate, chain: CertificateChain): Step {
  const first = chain.firstEpoch ?? certificate.epoch;
  const count = certificate.epoch - first + 1;
  const detail =
    count < 1
      ? `epoch ${certificate.epoch} is before the first this client saw (${first}): not compared`
      : `certificate ${count} of an unbroken chain, the first (epoch ${first}) taken on trust`;
  return { name: "chain", ok: true, detail };
}
