// SPDX-License-Identifier: Apache-2.0
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { Engine } from "../engine.ts";
import type { EngineCall, Executed } from "../engine-call.ts";
import type { Interference } from "../interference.ts";
import { receiptAnswer } from "../receipt-answer.ts";
import { drop } from "./drop.ts";
import { fork } from "./fork.ts";
import { History } from "./history.ts";
import { type Attack, type AttackContext, type AttackTarget, type Lie, renamed } from "./lie.ts";
import { replay } from "./replay.ts";
import { rollback } from "./rollback.ts";
import { staleRead } from "./stale-read.ts";
import { tamper } from "./tamper.ts";

/** Every lie this service can tell, by the name in `POST /v1/attacks/{name}`. */
export const ATTACKS: ReadonlyMap<string, Attack> = new Map([
  ["tamper", tamper],
  ["stale-read", staleRead],
  ["replay", replay],
  ["drop", drop],
  ["rollback", rollback],
  ["fork", fork],
]);

/** Lies armed and not told yet; more serve nobody. */
const LIES_MAX = 64;

/** A host that lies on demand. It sits at the seam of the engine, sees every call and tells what is armed. */
export class AttackHost implements Interference {
  readonly #engine: Engine;
  readonly #context: AttackContext;
  readonly #history = new History();
  readonly #aliases = new Map<string, string>();
  #lies: Lie[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#context = {
      engine,
      history: this.#history,
      aliasReceipt: (requestId, servedId) => this.#aliases.set(requestId, servedId),
      add: (lie) => this.#add(lie),
    };
    engine.interfere(this);
  }

  /** Arms an attack; resolves to what will happen, in one line. */
  arm(attack: Attack, target: AttackTarget): Promise<string> {
    return attack(this.#context, target);
  }

  instead(call: EngineCall): Executed | null {
    let told: Executed | null = null;
    for (const lie of this.#lies) told ??= lie.instead?.(call) ?? null;
    this.#forgetToldLies();
    return told;
  }

  after(call: EngineCall, answer: Executed): Executed {
    let told = answer;
    for (const lie of this.#lies) told = lie.after?.(call, told) ?? told;
    this.#history.record(call, answer);
    this.#forgetToldLies();
    return told;
  }

  async receipt(requestId: string): Promise<ReceiptAnswer | null> {
    const servedId = this.#aliases.get(requestId);
    if (servedId === undefined) return null;
    return renamed(await receiptAnswer(this.#engine.instance, servedId), requestId);
  }

  #add(lie: Lie): void {
    this.#lies.push(lie);
    if (this.#lies.length > LIES_MAX) this.#lies.shift();
  }

  #forgetToldLies(): void {
    if (this.#lies.some(({ done }) => done)) this.#lies = this.#lies.filter(({ done }) => !done);
  }
}
