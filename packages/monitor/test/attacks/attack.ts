// SPDX-License-Identifier: Apache-2.0
import type { CheckId } from "@zeta/protocol/checks";
import type { RuleId } from "../../reference/rules.ts";
import { Kv64Script } from "../support/kv64-script.ts";
import { Script } from "../support/script.ts";

/** A host that cheats in exactly the way that one rule of PROTOCOL §11 forbids. */
export interface Attack {
  /** The rule. */
  readonly id: RuleId;
  readonly title: string;
  /**
   * Rules that stop the same log by themselves (defence in depth): the attack is certified once
   * these are gone as well, and is still stopped when only `id` is.
   */
  readonly also?: readonly RuleId[];
  /** What the complete monitors answer; "open": the epoch never completes. */
  readonly refusedBy: CheckId | "open";
  readonly profile: "bytes" | "kv64";
  readonly script: Script;
}

interface AttackNotes {
  readonly also?: readonly RuleId[];
  readonly threads?: number;
}

/** An attack in profile `bytes`, written by `write`. */
export function attack(
  id: RuleId,
  title: string,
  refusedBy: CheckId | "open",
  write: (script: Script) => void,
  { also, threads }: AttackNotes = {},
): Attack {
  const script = new Script(threads);
  write(script);
  return { id, title, refusedBy, profile: "bytes", script, ...(also && { also }) };
}

/** An attack in profile `kv64`. */
export function attack64(
  id: RuleId,
  title: string,
  refusedBy: CheckId | "open",
  write: (script: Kv64Script) => void,
  { also, threads }: AttackNotes = {},
): Attack {
  const script = new Kv64Script(threads);
  write(script);
  return { id, title, refusedBy, profile: "kv64", script, ...(also && { also }) };
}
