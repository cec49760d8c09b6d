// SPDX-License-Identifier: Apache-2.0
/** The report that people read: what was checked, what it proves and what it does not. */

import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { decodeKvArgument, decodeKvResult, KV_FUNCTIONS } from "@zeta/protocol/kv";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { decodeTransact } from "@zeta/protocol/kv-transact-codec";
import type { Question, ServiceQuestion } from "./evidence.ts";
import { bytesText, hexText } from "./report-text.ts";
import { itemsText, transactText } from "./report-transact.ts";
import type { Step, StepName } from "./verify/findings.ts";

export type Verdict = "certified" | "violation" | "fork" | "rejected";

export interface ReportInput {
  readonly verdict: Verdict;
  readonly code: string | null;
  readonly steps: readonly Step[];
  /** Null when the evidence could not even be read. */
  readonly attestation: ServiceAttestation | null;
  readonly question: Question | null;
  readonly result: Uint8Array | null;
  readonly measurementsFrom: "caller" | "release";
}

/** One line of a report. */
export interface ReportRow {
  readonly label: string;
  readonly text: string;
  /** Of a check: did it pass? Null for what is no check. */
  readonly ok: boolean | null;
}

const LABEL_CHARACTERS = 13;

const CHECKED_STEPS: readonly (readonly [StepName, string])[] = [
  ["quote", "quote"],
  ["report-data", "binding"],
  ["measurement", "monitor"],
  ["lineage", "lineage"],
  ["certificate", "certificate"],
  ["chain", "chain"],
  ["receipt", "receipt"],
  ["path", "answer bound"],
  ["violation", "violation"],
  ["fork", "fork"],
  ["file", "file"],
];

/** About a dozen aligned lines of plain text. */
export function renderReport(input: ReportInput): string {
  const lines = reportRows(input).map(({ label, text }) => label.padEnd(LABEL_CHARACTERS) + text);
  return (simulated(input) ? ["SIMULATED TEE", ...lines] : lines).join("\n");
}

function simulated(input: ReportInput): boolean {
  return input.attestation?.tee === "simulation";
}

/** The same line by line, for those who show it in a form of their own. */
export function reportRows(input: ReportInput): readonly ReportRow[] {
  const { attestation, code, question, result, verdict } = input;
  return [
    row("verdict", code === null ? verdict : `${verdict} (${code})`),
    ...(attestation === null ? [] : [keyRow(attestation)]),
    ...stepRows(input),
    ...(question === null ? [] : [row("question", questionText(question))]),
    ...(question === null || result === null ? [] : [row("told", resultText(question, result))]),
    row("proves", provesText(input)),
    row("not proved", notProvedText(input)),
  ];
}

function row(label: string, text: string, ok: boolean | null = null): ReportRow {
  return { label, text, ok };
}

function keyRow({ publicKey, instanceId }: ServiceAttestation): ReportRow {
  return row("key", `${toHex(publicKey)}, instance ${toHex(instanceId.subarray(0, 8))}..`);
}

/**
 * One line per step that was reached; a step that failed says so whatever its name, and steps that
 * only repeat are left out.
 */
function stepRows({ steps, measurementsFrom }: ReportInput): readonly ReportRow[] {
  return steps.flatMap((step): ReportRow[] => {
    const label = CHECKED_STEPS.find(([name]) => name === step.name)?.[1];
    if (!step.ok) return [row(label ?? step.name, `FAILED: ${step.detail}`, false)];
    if (label === undefined) return [];
    if (step.name !== "measurement") return [row(label, step.detail, true)];
    const from = measurementsFrom === "caller" ? "named by the caller" : "built into this release";
    return [row(label, `${step.detail} (${from})`, true)];
  });
}

function questionText(question: Question): string {
  const request = `request ${toHex(question.requestId)}`;
  if ("function" in question) return `${serviceQuestionText(question)}, ${request}`;
  try {
    const number = KV_FUNCTIONS.indexOf(question.operation);
    const call = decodeKvArgument(number, question.argument);
    if (call.operation === "transact") return `transact ${itemsText(call.items)}, ${request}`;
    const value = call.operation === "put" ? ` = ${bytesText(call.value)}` : "";
    return `${call.operation} ${bytesText(call.key)}${value}, ${request}`;
  } catch (error) {
    if (!(error instanceof ZetaError)) throw error;
    return `${question.operation} with a malformed argument, ${request}`;
  }
}

/**
 * Receipts know operations by number. Who asked by the schemas of a service knows the name, too; in a file the name is anybody's, and only
 * the number was certified.
 */
function serviceQuestionText({ operation, text, argument, ...question }: ServiceQuestion): string {
  if (text !== undefined) return `${operation} ${text}`;
  return `function ${question.function} (the file calls it ${operation}) of ${hexText(argument)}`;
}

/** None for an argument that is no transaction. */
function itemsOf({ argument }: Question): readonly TransactItem[] {
  try {
    return decodeTransact(argument);
  } catch (error) {
    if (!(error instanceof ZetaError)) throw error;
    return [];
  }
}

function resultText(question: Question, bytes: Uint8Array): string {
  if ("function" in question) {
    return question.tell?.(bytes) ?? hexText(bytes);
  }
  try {
    const result = decodeKvResult(question.operation, bytes);
    if ("done" in result) return transactText(itemsOf(question), result);
    if ("existed" in result)
      return result.existed ? "done, the key existed" : "done, the key was absent";
    return result.value === null ? "absent" : bytesText(result.value);
  } catch (error) {
    if (!(error instanceof ZetaError)) throw error;
    return `malformed: ${hexText(bytes)}`;
  }
}

function provesText(input: ReportInput): string {
  const caveat = simulated(input) ? " (if the simulated TEE is believed)" : "";
  switch (input.verdict) {
    case "certified":
      return `one order of all calls up to that epoch gives exactly this answer${caveat}`;
    case "violation":
      return `the service gave its monitor a log that no honest service writes${caveat}`;
    case "fork":
      return `two histories exist where an honest service has one${caveat}`;
    default:
      return "nothing: do not rely on the answer";
  }
}

function notProvedText(input: ReportInput): string {
  switch (input.verdict) {
    case "certified":
      return "who made the other calls (the host can call, too), and anything after that epoch";
    case "violation":
      return "what the host meant by it: a fault and an attack look alike";
    case "fork":
      return "which of the two is the one that others see";
    default:
      return "that the service lied: without a signed violation or fork a fault looks the same";
  }
}
