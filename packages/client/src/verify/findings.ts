// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { RefusalCode } from "../refusal.ts";

/** In the order in which an answer is checked; the last three belong to other kinds of evidence. */
export type StepName =
  | "quote"
  | "report-data"
  | "instance"
  | "measurement"
  | "lineage"
  | "certificate"
  | "chain"
  | "receipt"
  | "leaf"
  | "path"
  | "violation"
  | "fork"
  | "file";

export interface Step {
  readonly name: StepName;
  readonly ok: boolean;
  /** One line for people. */
  readonly detail: string;
}

/** Refusals, and what only a file can get wrong. */
export type FailureCode =
  | RefusalCode
  | "violation_invalid" // the statement is not what it claims to be
  | "fork_unproven" // the two histories do not contradict each other
  | "evidence_incomplete" // neither an answer with its receipt, nor a violation, nor a fork
  | "evidence_malformed"; // not the JSON of evidence

export interface Failure {
  readonly code: FailureCode;
  /** Finer code or null. */
  readonly check: string | null;
  readonly detail: string;
}

/** What a verification found: the steps in order, the last one failed if `failure` is not null. */
export interface Findings {
  readonly steps: readonly Step[];
  readonly failure: Failure | null;
}

/** Thrown by one step; {@link runSteps} turns it into a finding. */
export class StepFailure extends ZetaError<FailureCode> {
  readonly check: string | null;

  constructor(code: FailureCode, detail: string, check: string | null = null, cause?: unknown) {
    super(code, detail, { cause });
    this.check = check;
  }
}

export const NOTHING_FOUND: Findings = { steps: [], failure: null };

/** A step's check: returns one line of detail, or throws {@link StepFailure}. */
export type Check = readonly [name: StepName, check: () => string];

/**
 * Runs checks in order and stops at the first that fails. Other errors than {@link StepFailure} are
 * ours and pass through.
 */
export function runSteps(checks: readonly Check[]): Findings {
  const steps: Step[] = [];
  for (const [name, check] of checks) {
    try {
      steps.push({ name, ok: true, detail: check() });
    } catch (error) {
      const { steps: failed, failure } = failedStep(name, error);
      return { steps: [...steps, ...failed], failure };
    }
  }
  return { steps, failure: null };
}

/** One step whose check takes its time; otherwise like {@link runSteps}. */
export async function runStage(name: StepName, check: () => Promise<string>): Promise<Findings> {
  try {
    return { steps: [{ name, ok: true, detail: await check() }], failure: null };
  } catch (error) {
    return failedStep(name, error);
  }
}

function failedStep(name: StepName, error: unknown): Findings {
  if (!(error instanceof StepFailure)) throw error;
  const { code, check, message: detail } = error;
  return { steps: [{ name, ok: false, detail }], failure: { code, check, detail } };
}

/** Runs stages in order; a stage after a failed one is not run. */
export async function runStages(
  stages: readonly (() => Findings | Promise<Findings>)[],
): Promise<Findings> {
  const steps: Step[] = [];
  for (const stage of stages) {
    const findings = await stage();
    steps.push(...findings.steps);
    if (findings.failure !== null) return { steps, failure: findings.failure };
  }
  return { steps, failure: null };
}

/**
 * Decodes bytes of a host; what the decoder refuses becomes a failure with the decoder's code as
 * `check`.
 */
export function decodeOr<T>(
  code: FailureCode,
  what: string,
  decode: (bytes: Uint8Array) => T,
  bytes: Uint8Array,
): T {
  try {
    return decode(bytes);
  } catch (cause) {
    if (!(cause instanceof ZetaError)) throw cause;
    throw new StepFailure(code, `${what}: ${cause.message}`, cause.code, cause);
  }
}
