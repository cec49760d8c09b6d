// SPDX-License-Identifier: Apache-2.0
import type { Answer } from "../answer.ts";
import type { Evidence } from "../evidence.ts";
import type { Proof } from "../proof.ts";
import { isRefused, NO_LIE, type RefusalCode } from "../refusal.ts";
import type { ZetaClient } from "../zeta-client.ts";
import type { AttackName } from "./attacks.ts";

/** What an honest client noticed of a lie. */
export type Finding =
  | {
      readonly caught: true;
      readonly code: RefusalCode;
      /** The check that gave the lie away: the monitor's, else the client's refusal itself. */
      readonly check: string;
      readonly message: string;
      readonly evidence: Evidence | null;
      /** What the service said before it was caught; null when it gave no answer at all. */
      readonly told: string | null;
    }
  | { readonly caught: false; readonly told: string };

/** What the client writes before the lie, first and last. */
export const FIRST_WRITTEN = "100";
export const LAST_WRITTEN = "250";

/** What the client does next, for somebody who watches. */
export type ProvocationStep = "writing" | "overwriting" | "arming" | "asking" | "waiting";

export interface Provocation {
  readonly name: AttackName;
  readonly key: string;
  /** Asks the service to tell the lie. */
  readonly arm: () => Promise<unknown>;
  readonly timeoutMs: number;
  readonly onStep?: (step: ProvocationStep) => void;
  /** Every answer that comes, with the wait for its certificate. */
  readonly onAnswer?: (answer: Answer, certified: Promise<Proof>) => void;
}

/**
 * Uses the service as an honest client does: a history of two writes and a read, all certified; then the call that the lie is about, and
 * the wait for its certificate. The client is not told what to look for.
 *
 * @throws RefusedError for anything that goes wrong and is no lie caught.
 */
export async function provoke(client: ZetaClient, provocation: Provocation): Promise<Finding> {
  const { name, key, arm, timeoutMs, onStep, onAnswer } = provocation;
  const certified = async (answers: readonly Answer[]) => {
    const proofs = answers.map((answer) => {
      const proof = answer.certified({ timeoutMs });
      onAnswer?.(answer, proof);
      return proof;
    });
    await Promise.all(proofs);
  };
  onStep?.("writing");
  await certified([await client.put(key, FIRST_WRITTEN), await client.get(key)]);
  onStep?.("overwriting");
  await certified([await client.put(key, LAST_WRITTEN)]);
  onStep?.("arming");
  await arm();
  let told: string | null = null;
  try {
    onStep?.("asking");
    const answer = name === "drop" ? await client.put(key, "999") : await client.get(key);
    told = answer.operation === "get" ? String(answer.value) : "stored";
    onStep?.("waiting");
    await certified([answer]);
    return { caught: false, told };
  } catch (error) {
    if (!isRefused(error) || NO_LIE.includes(error.code)) throw error;
    const { code, check, message, evidence } = error;
    return { caught: true, code, check: check ?? code, message, evidence, told };
  }
}
