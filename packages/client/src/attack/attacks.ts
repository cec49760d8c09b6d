// SPDX-License-Identifier: Apache-2.0
/** The lies that a service started with --allow-attacks can be asked for, and what each of them is. */

export const ATTACKS = {
  tamper: "the stored value is changed underneath",
  "stale-read": "the next read is answered with the value before the last write",
  replay: "the next read is answered with an old answer and its old receipt",
  drop: "the next write is acknowledged but never executed",
  rollback: "the service restarts on an old copy of its data",
  fork: "another enclave with a history of its own serves this client",
} as const;

export type AttackName = keyof typeof ATTACKS;

export const ATTACK_NAMES = Object.keys(ATTACKS) as readonly AttackName[];

/** With `stale-read`: is the log honest (only the receipt gives the lie away) or does it repeat the lie (the monitor refuses it)? */
export const ATTACK_MODES = ["honest-log", "lying-log"] as const;

export type AttackMode = (typeof ATTACK_MODES)[number];

/** One lie that can be told, and in one line what it is. */
export interface Lie {
  readonly name: AttackName;
  readonly mode: AttackMode | null;
  readonly story: string;
}

/** Every lie, in the order in which they are best told: the log that is honest before the one that is not. */
export const LIES: readonly Lie[] = [
  lie("tamper", null),
  lie("stale-read", "honest-log", "; the log is honest"),
  lie("stale-read", "lying-log", "; the log repeats the lie"),
  lie("replay", null),
  lie("drop", null),
  lie("rollback", null),
  lie("fork", null),
];

function lie(name: AttackName, mode: AttackMode | null, remark = ""): Lie {
  return { name, mode, story: `${name}: ${ATTACKS[name]}${remark}` };
}
