// SPDX-License-Identifier: Apache-2.0
import type { CheckId } from "@zeta/protocol/checks";
import type { Descriptor } from "@zeta/protocol/record";
import { app, described, node, Script, type Told } from "../support/script.ts";

/** Rules of a checkpoint: at-rest.ts, with what the threads count (assembly/epochs.ts), and notary.ts. */
export type RestRule =
  | "rest.slots"
  | "rest.clock"
  | "rest.added"
  | "rest.evicted"
  | "rest.calls"
  | "rest.failed"
  | "rest.violation";

/** A host that wants a checkpoint while something is not under the root, so that the next instance never hears of it. */
export interface CheckpointAttack {
  /** The rules that stop it, each alone if there are several. */
  readonly rules: readonly RestRule[];
  readonly title: string;
  /** What the enclave says it found instead of rest. */
  readonly got: RegExp;
  /** What the first instance reads; accepted throughout, and its last epoch but for what is open is certified. */
  readonly first: Script;
  /** What the host would have the next instance read. */
  readonly second: Script;
  /** What the clients of both instances were told and hold certificates for. */
  readonly certified: readonly Told[];
  /**
   * What the host gains. lie: the second log is certified, and no run explains what the clients were told. loss: the second log is refused
   * with this check, for the tree still knows that the record was elsewhere; nobody can ever read it again.
   */
  readonly gain: "lie" | CheckId;
}

interface Parts {
  readonly rules: readonly RestRule[];
  readonly threads?: number;
  readonly got: RegExp;
  readonly gain: "lie" | CheckId;
  /** Calls at the end of the first log that are in no certified epoch. */
  readonly uncertified?: number;
  readonly first: (script: Script) => void;
  /** Its first epoch is the one after the certified one. */
  readonly second: (script: Script) => void;
  readonly epoch?: number;
}

function attack(title: string, parts: Parts): CheckpointAttack {
  const { threads = 1, epoch = 1, uncertified = 0, rules, got, gain } = parts;
  const first = new Script(threads);
  parts.first(first);
  const second = new Script(threads, epoch);
  parts.second(second);
  const known = first.history.slice(0, first.history.length - uncertified);
  return { rules, title, got, gain, first, second, certified: [...known, ...second.history] };
}

/** A is v1, in the tree and certified in epoch 0. */
function settled(script: Script): void {
  script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
  script.closeEpoch();
}

/** A client of the second instance is told this value of A. */
function readA(value: string) {
  return (script: Script) => {
    script.on(0).addM(app("A", value), 1, 0).get("A", 1, value);
    script.closeEpoch();
  };
}

/** A as its parent knows it while it is in deferred memory. */
function deferred(value: string | null): Descriptor {
  return { ...described("A", value), inDeferred: true };
}

/** The second instance brings A in from below its node, where it was before it became deferred. */
function readBelowNode(value: string | null) {
  return (script: Script) => {
    script
      .on(0)
      .addM(node("0", null, deferred(value)), 1, 0)
      .addM(app("A", value), 2, 1);
  };
}

export const CHECKPOINT_ATTACKS: readonly CheckpointAttack[] = [
  ...[1, 15].map((slot) =>
    attack(`a record in slot ${slot} that was written: its old value comes back`, {
      rules: ["rest.slots"],
      got: new RegExp(`slot ${slot} of 0`),
      gain: "lie",
      epoch: 2,
      first: (script) => {
        settled(script);
        script.on(0).addM(app("A", "v1"), slot, 0).put("A", "v2", slot, true);
        script.closeEpoch();
      },
      second: readA("v1"),
    }),
  ),

  attack("a record in the first slot of another thread is lost", {
    rules: ["rest.slots"],
    threads: 2,
    got: /slot 0 of 1/,
    gain: "M.blum",
    first: (script) => {
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).evictM(2, 1);
      script.on(0).addM(app("A", null), 2, 1).evictBM(2, 1, [0, 1]).evictM(1, 0);
      script.on(1).addB(app("A", null), 0, [0, 1], 0).put("A", "v1", 0, false);
      script.closeEpoch();
    },
    second: readBelowNode(null),
  }),

  attack("a forged record, added in the open epoch and put into the tree", {
    rules: ["rest.added", "rest.clock"],
    got: /1\.6/,
    gain: "lie",
    first: (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
      script.on(0).addB(app("A", "forged"), 1, [1, 5], 0).evictM(1, 0).verifyEpoch();
    },
    second: readA("forged"),
  }),

  attack("a record evicted at the very beginning of the open epoch is lost", {
    rules: ["rest.evicted"],
    got: /work in epoch 1/,
    gain: "M.blum",
    first: (script) => {
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).put("A", "v1", 2, false);
      script.on(0).evictM(2, 1).addM(app("A", "v1"), 2, 1).put("A", "v2", 2, true);
      script.on(0).evictBM(2, 1, [1, 0]).evictM(1, 0).verifyEpoch();
    },
    second: readBelowNode("v1"),
  }),

  attack("a put of the open epoch that nobody certified", {
    rules: ["rest.calls"],
    got: /work in epoch 1/,
    gain: "lie",
    uncertified: 1,
    first: (script) => {
      settled(script);
      script.on(0).addM(app("A", "v1"), 1, 0).put("A", "v2", 1, true).evictM(1, 0);
    },
    second: readA("v2"),
  }),

  attack("the same in an epoch that has ended but is not verified", {
    rules: ["rest.clock", "rest.calls"],
    got: /2\.0/,
    gain: "lie",
    uncertified: 1,
    first: (script) => {
      settled(script);
      script.on(0).addM(app("A", "v1"), 1, 0).put("A", "v2", 1, true).evictM(1, 0).nextEpoch();
    },
    second: readA("v2"),
  }),

  attack("a thread that committed its forgery before the others could", {
    rules: ["rest.clock"],
    threads: 2,
    got: /2\.0/,
    gain: "lie",
    first: (script) => {
      settled(script);
      script.on(0).addB(app("A", "forged"), 1, [1, 5], 0).evictM(1, 0).nextEpoch().verifyEpoch();
    },
    second: readA("forged"),
  }),
];
