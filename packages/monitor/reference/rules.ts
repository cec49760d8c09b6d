// SPDX-License-Identifier: Apache-2.0
import type { CheckId } from "@zeta/protocol/checks";

/**
 * The protocol's effects: rules that change something rather than refuse something. Most IDs are
 * those of section 11 of the protocol specification; H.add (accumulators are added, not XORed) and
 * G.linear (the element's hash is a PRF, not a linear function) are those of its section 13.
 */
export type EffectId =
  | "M.carryB"
  | "M.reparent"
  | "E.hash"
  | "E.clrB"
  | "B.clock"
  | "B.lekreset"
  | "V.strict"
  | "V.clock"
  | "W.setB"
  | "H.key"
  | "H.val"
  | "H.ts"
  | "H.tid"
  | "H.epochOfT"
  | "H.add"
  | "G.linear"
  | "A.all"
  | "A.prefix"
  | "P.once"
  | "K.inj"
  | "D.fetch";

export type RuleId = CheckId | EffectId;

/** Thrown by a check that does not hold: the thread fails. */
export class Refusal extends Error {
  readonly check: CheckId;

  constructor(check: CheckId) {
    super(`check ${check} refused the entry`);
    this.check = check;
  }
}

/**
 * Every refusal and every effect of the reference monitor passes through here, so that a test can
 * build a monitor that lacks a rule and show which attack that rule stops. The WebAssembly monitor
 * has no such switch.
 */
export class Rules {
  readonly #disabled: ReadonlySet<RuleId>;

  constructor(disabled: readonly RuleId[] = []) {
    this.#disabled = new Set(disabled);
  }

  /** Refuses the current entry unless the condition holds. */
  check(id: CheckId, condition: boolean): void {
    if (!condition && this.does(id)) throw new Refusal(id);
  }

  /** Is this rule in force? */
  does(id: RuleId): boolean {
    return !this.#disabled.has(id);
  }
}

/** A check without which the entry has no meaning at all: no test can switch it off. */
export function demand(id: CheckId, condition: boolean): asserts condition {
  if (!condition) throw new Refusal(id);
}
