// SPDX-License-Identifier: Apache-2.0

import type { ZetaClient } from "@zeta/client";
import { armAttack } from "@zeta/client/attack/arm";
import type { Lie } from "@zeta/client/attack/attacks";
import { type Finding, type ProvocationStep, provoke } from "@zeta/client/attack/provoke";
import type { AskedList } from "./asked-list.ts";
import { shortHex } from "./format.ts";
import { tellAnswer } from "./kv-asking.ts";
import { Observable, type Observed } from "./observable.ts";

/** What has become of the lie that was asked for last. */
export type LieState =
  | { readonly stage: "none" }
  | { readonly stage: "running"; readonly lie: Lie; readonly step: ProvocationStep }
  | { readonly stage: "done"; readonly lie: Lie; readonly finding: Finding }
  /** Neither caught nor believed: the client could not even ask. */
  | { readonly stage: "stuck"; readonly lie: Lie; readonly message: string };

/** Ten epochs of the default second: whoever watches has given up by then. */
const TIMEOUT_MS = 10_000;

/** Lets the service lie, one lie at a time, and this page's client find out as any client would. */
export class LieRun {
  readonly #url: string;
  readonly #list: AskedList;
  readonly #state = new Observable<LieState>({ stage: "none" });

  constructor(url: string, list: AskedList) {
    this.#url = url;
    this.#list = list;
  }

  get state(): Observed<LieState> {
    return this.#state;
  }

  async run(client: ZetaClient, lie: Lie, key: string): Promise<void> {
    if (this.#state.value.stage === "running") return;
    const instance = shortHex(client.attestation.instanceId);
    try {
      const finding = await provoke(client, {
        name: lie.name,
        key,
        arm: () => armAttack(this.#url, lie.name, key, lie.mode),
        timeoutMs: TIMEOUT_MS,
        onStep: (step) => this.#state.set({ stage: "running", lie, step }),
        onAnswer: (answer, certified) => {
          const { question, told } = tellAnswer(answer);
          void this.#list.ask(question, instance, async () => ({ ...told, certified }));
        },
      });
      this.#state.set({ stage: "done", lie, finding });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#state.set({ stage: "stuck", lie, message });
    }
  }

  /** Forgets what was found: a new instance has told no lie yet. */
  forget(): void {
    if (this.#state.value.stage !== "running") this.#state.set({ stage: "none" });
  }
}
