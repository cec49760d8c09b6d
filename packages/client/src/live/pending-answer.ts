// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { type Evidence, type Question, questionJson } from "../evidence.ts";
import { RefusedError } from "../refusal.ts";
import type { CallTime } from "./call-order.ts";

/** An answer that is not certified yet: what was asked, and what the host told. */
export interface PendingAnswer<Asked extends Question = Question> {
  readonly question: Asked;
  /** Result bytes as told. */
  readonly result: Uint8Array;
  /** Where the host says that the call ran. */
  readonly told: { readonly epoch: number; readonly thread: number };
  readonly time: CallTime;
  /** Restarts that the client had seen when it asked: who answered can only be later. */
  readonly generation: number;
}

/**
 * The refusal of an instance, said to somebody who asked a question: the evidence then holds the
 * question too.
 */
export function refusalOf(
  refusal: RefusedError,
  question: Question,
  result: Uint8Array | null,
): RefusedError {
  const evidence: Evidence | null = refusal.evidence && {
    ...refusal.evidence,
    question: questionJson(question),
    answer: result === null ? null : { result: toHex(result) },
  };
  return new RefusedError(refusal.code, refusal.message, {
    check: refusal.check,
    evidence,
    cause: refusal,
  });
}
