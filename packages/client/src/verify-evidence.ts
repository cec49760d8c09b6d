// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { decodeViolation } from "@zeta/protocol/violation";
import { decodeEvidence, type EvidenceContent } from "./evidence.ts";
import { type ReportRow, renderReport, reportRows, type Verdict } from "./report.ts";
import { type ResolvedTrust, resolveTrust, type Trust } from "./trust.ts";
import { checkInstance } from "./verify/check-instance.ts";
import type { Findings, Step } from "./verify/findings.ts";
import { verifyAnswer } from "./verify/verify-answer.ts";
import { verifyFork } from "./verify/verify-fork.ts";
import { verifyViolation } from "./verify/verify-violation.ts";

export interface EvidenceVerdict {
  readonly verdict: Verdict;
  readonly steps: readonly Step[];
  /** Null only for `certified`; `violation`, `fork`, or why it was rejected. */
  readonly code: string | null;
  /** Finer code: the check that the monitor named, an attestation code; null if there is none. */
  readonly check: string | null;
  /** The same for people, about a dozen lines. */
  readonly report: () => string;
  /** The same line by line. */
  readonly reportRows: () => readonly ReportRow[];
}

/**
 * The verdict on an evidence file, offline. Nothing in the file is believed: a refusal that it
 * reports is a claim like any other.
 *
 * @param json the parsed JSON of the file; never throws on anything in it.
 * @example
 * const { verdict, report } = await verifyEvidence(JSON.parse(text), { simulation: true });
 */
export async function verifyEvidence(json: unknown, trust: Trust): Promise<EvidenceVerdict> {
  const resolved = resolveTrust(trust);
  let content: EvidenceContent;
  try {
    content = decodeEvidence(json);
  } catch (error) {
    if (!isZetaError(error, "evidence_malformed")) throw error;
    const failure = { code: "evidence_malformed", check: null, detail: error.message } as const;
    const steps = [{ name: "file", ok: false, detail: error.message }] as const;
    return conclude(null, { steps, failure }, "rejected", null, resolved);
  }
  return judge(content, resolved);
}

/**
 * A violation or a fork says more than an answer, so it is looked at first; if it does not hold,
 * nothing else in the file counts.
 */
async function judge(content: EvidenceContent, trust: ResolvedTrust): Promise<EvidenceVerdict> {
  const { attestation, lineage, question, result, violation, other } = content;
  const { policy } = trust;
  if (violation !== null) {
    const findings = await verifyViolation(violation, attestation, policy, lineage);
    const named = findings.failure === null ? decodeViolation(violation).violation.check : null;
    return conclude(content, findings, "violation", named, trust);
  }
  if (other !== null) {
    const findings = await verifyFork({ ...content, other }, policy);
    return conclude(content, findings, "fork", null, trust);
  }
  if (question !== null && result !== null) {
    if (trust.service === "own" && !("function" in question)) {
      return conclude(content, foreignQuestion(), "rejected", null, trust);
    }
    const findings = await verifyAnswer({ ...content, question, result }, policy);
    return conclude(content, findings, "certified", null, trust);
  }
  return conclude(content, await incomplete(content, policy), "rejected", null, trust);
}

/** The same bytes can be a question to another service, and its answer would be read as one of the key-value service. */
function foreignQuestion(): Findings {
  const detail =
    "expected a question to the service whose code is trusted, got one to the key-value service";
  return {
    steps: [{ name: "receipt", ok: false, detail }],
    failure: { code: "receipt_mismatch", check: null, detail },
  };
}

async function incomplete(
  content: EvidenceContent,
  policy: ResolvedTrust["policy"],
): Promise<Findings> {
  const findings = await checkInstance(content, policy);
  if (findings.failure !== null) return findings;
  const detail = "expected an answer with its question, a violation or a fork, got none of them";
  return {
    steps: [...findings.steps, { name: "file", ok: false, detail }],
    failure: { code: "evidence_incomplete", check: null, detail },
  };
}

function conclude(
  content: EvidenceContent | null,
  { steps, failure }: Findings,
  proven: Verdict,
  check: string | null,
  { measurementsFrom }: ResolvedTrust,
): EvidenceVerdict {
  const verdict = failure === null ? proven : "rejected";
  const code = failure?.code ?? (verdict === "certified" ? null : verdict);
  const input = {
    verdict,
    code,
    steps,
    attestation: content?.attestation ?? null,
    question: content?.question ?? null,
    result: content?.result ?? null,
    measurementsFrom,
  };
  return {
    ...{ verdict, steps, code, check: failure?.check ?? check },
    report: () => renderReport(input),
    reportRows: () => reportRows(input),
  };
}
