// SPDX-License-Identifier: Apache-2.0
import type { Answer, Evidence, ZetaClient } from "@zeta/client";
import { isRefused, type RefusalCode } from "@zeta/client/refusal";
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
    }
  | { readonly caught: false; readonly told: string };

/** A service that is slow, gone or out of order has not been caught lying. */
const NO_LIE: readonly RefusalCode[] = ["certification_timeout", "network_error", "service_error"];

export interface Provocation {
  readonly name: AttackName;
  readonly key: string;
  /** Asks the service to tell the lie. */
  readonly arm: () => Promise<void>;
  readonly timeoutMs: number;
}

/**
 * Uses the service as an honest client does: a history of two writes and a read, all certified; then the call that the lie is about, and
 * the wait for its certificate. The client is not told what to look for.
 *
 * @throws RefusedError for anything that goes wrong and is no lie caught.
 */
export async function provoke(client: ZetaClient, provocation: Provocation): Promise<Finding> {
  const { name, key, arm, timeoutMs } = provocation;
  const certified = async (answers: readonly Answer[]) => {
    await Promise.all(answers.map((answer) => answer.certified({ timeoutMs })));
  };
  await certified([await client.put(key, "100"), await client.get(key)]);
  await certified([await client.put(key, "250")]);
  await arm();
  try {
    const answer = name === "drop" ? await client.put(key, "999") : await client.get(key);
    await certified([answer]);
    return { caught: false, told: answer.operation === "get" ? String(answer.value) : "stored" };
  } catch (error) {
    if (!isRefused(error) || NO_LIE.includes(error.code)) throw error;
    const { code, check, message, evidence } = error;
    return { caught: true, code, check: check ?? code, message, evidence };
  }
}
