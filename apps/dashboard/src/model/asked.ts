// SPDX-License-Identifier: Apache-2.0
/** What becomes of a question: pure steps from asked over provisional to certified, or to a refusal. */
import type { Evidence, Proof, RefusalCode, ReportRow } from "@zeta/client";
import { TransportError } from "@zeta/client/http/transport-error";
import { isRefused, NO_LIE, type RefusedError } from "@zeta/client/refusal";

export type AskedState =
  | { readonly stage: "asked" }
  | {
      readonly stage: "provisional";
      readonly told: string;
      /** Where the host says that it ran. */
      readonly epoch: number;
      /** When the answer came, milliseconds of the caller's clock. */
      readonly at: number;
    }
  | {
      readonly stage: "certified";
      readonly told: string;
      /** Proven by the receipt. */
      readonly epoch: number;
      /** From the answer to the checked certificate, milliseconds. */
      readonly waited: number;
      readonly rows: readonly ReportRow[];
      readonly evidence: () => Evidence;
    }
  | {
      /** The service is caught: what it said is not true, and there is evidence. */
      readonly stage: "refused";
      readonly told: string | null;
      readonly code: RefusalCode;
      readonly check: string | null;
      readonly message: string;
      readonly evidence: Evidence | null;
    }
  | {
      /** Neither proven nor refuted. */
      readonly stage: "unproven";
      readonly told: string | null;
      readonly word: "not executed" | "no answer" | "no certificate" | "not sent";
      readonly message: string;
      readonly evidence: Evidence | null;
    };

export interface Asked {
  /** Counts up; the newest is first in a list. */
  readonly id: number;
  readonly question: string;
  /** First bytes of the instance that was asked, hex. */
  readonly instance: string;
  readonly state: AskedState;
}

/** What a client gives back at once. */
export interface Told {
  readonly text: string;
  readonly epoch: number;
}

export function provisional(asked: Asked, told: Told, now: number): Asked {
  const { text, epoch } = told;
  return { ...asked, state: { stage: "provisional", told: text, epoch, at: now } };
}

export function certified(asked: Asked, proof: Proof, now: number): Asked {
  const { state } = asked;
  if (state.stage !== "provisional") return asked;
  const { told, at } = state;
  const rows = proof.reportRows();
  const evidence = () => proof.evidence();
  const epoch = proof.epoch;
  return { ...asked, state: { stage: "certified", told, epoch, waited: now - at, rows, evidence } };
}

/** What a failure of the call, or of the wait for its certificate, means. */
export function failed(asked: Asked, error: unknown): Asked {
  const told = asked.state.stage === "provisional" ? asked.state.told : null;
  if (isRefused(error) && !NO_LIE.includes(error.code)) {
    const { code, check, message, evidence } = error;
    return { ...asked, state: { stage: "refused", told, code, check, message, evidence } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const evidence = isRefused(error) ? error.evidence : null;
  const word = isRefused(error)
    ? wordFor(error, told)
    : told === null
      ? "not sent"
      : "no certificate";
  return { ...asked, state: { stage: "unproven", told, word, message, evidence } };
}

/** 422: the service says that it did not do it, so there is nothing to prove. */
function wordFor(error: RefusedError, told: string | null) {
  const { cause } = error;
  if (cause instanceof TransportError && cause.status === 422) return "not executed";
  return told === null ? "no answer" : "no certificate";
}
