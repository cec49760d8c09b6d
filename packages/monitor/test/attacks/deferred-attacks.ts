// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { COUNTER_MAX } from "@zeta/protocol/timestamp";
import { record64 } from "../support/kv64-script.ts";
import { app, DONE, described, node, type Script } from "../support/script.ts";
import { type Attack, attack, attack64 } from "./attack.ts";

/** An add that nothing but the evict after it justifies. */
function selfJustifying(script: Script, counter: number): void {
  script.on(0).addB(app("A", "forged"), 1, [0, counter], 0).get("A", 1, "forged");
  script.on(0).evictB(1, [0, counter]);
  script.closeEpoch();
}

/** The same forged record twice, evicted twice at one time: under XOR the pairs vanish. */
function twins(script: Script): void {
  const forged = app("A", "forged");
  script.on(0).addB(forged, 1, [0, 1], 0).addB(forged, 2, [0, 1], 0).get("A", 1, "forged");
  script.on(0).evictB(1, [0, 5]).evictB(2, [0, 5]);
  script.closeEpoch();
}

/** Lies about time and about deferred memory. */
export const DEFERRED_ATTACKS: readonly Attack[] = [
  attack64("B.epoch", "an add goes into an epoch already committed", "B.epoch", (script) => {
    script.closeEpoch();
    script.on(0).addB(record64(2, 5), 1, [0, 3], 0).vget(2, 5, 1);
    script.closeEpoch();
  }),

  attack(
    "B.clock",
    "an add justifies itself by a later evict at its own time",
    "V.time",
    (script) => selfJustifying(script, 5),
  ),

  attack(
    "B.clock",
    "two threads justify each other: a value from the future",
    "V.time",
    (script) => {
      script.on(0).addB(app("A", "f1"), 1, [0, 9], 1).get("A", 1, "f1");
      script.on(0).put("A", "f2", 1, true).evictB(1, [0, 5]);
      script.on(1).addB(app("A", "f2"), 1, [0, 5], 0).get("A", 1, "f2");
      script.on(1).put("A", "f1", 1, true).evictB(1, [0, 9]);
      script.closeEpoch();
    },
    { threads: 2 },
  ),

  attack("V.time", "an evict before the clock", "V.time", (script) => selfJustifying(script, 5)),

  attack("C.ovf", "the add's time wraps around", "C.ovf", (script) =>
    selfJustifying(script, COUNTER_MAX),
  ),

  attack(
    "B.lekreset",
    "an add that does not move the clock allows the same evict again",
    "V.time",
    (script) => {
      const forged = app("A", "forged");
      script.on(0).addB(forged, 1, [0, 1], 0).get("A", 1, "forged").evictB(1, [0, 5]);
      script.on(0).addB(forged, 2, [0, 1], 0).evictB(2, [0, 5]);
      script.closeEpoch();
    },
    { also: ["H.add"] },
  ),

  attack("V.strict", "the same record evicted twice at one time", "V.time", twins, {
    also: ["H.add"],
  }),

  attack("V.clock", "an evict leaves the clock where it was", "V.time", twins, { also: ["H.add"] }),

  attack(
    "V.badd",
    "a record of the tree leaves without the tree's knowledge",
    "V.badd",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).evictM(1, 0).addM(app("A", null), 1, 0);
      script.on(0).put("A", "v1", 1, false).evictB(1, [0, 1]);
      script.on(0).addM(app("A", null), 2, 0).get("A", 2, null);
      script.on(0).addB(app("A", "v1"), 3, [0, 1], 0);
      script.closeEpoch();
    },
  ),

  attack(
    "V.kids",
    "a node moves to another thread while its child stays behind",
    "V.kids",
    (script) => {
      const parent = node("0", null, described("A", null));
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).evictM(2, 1);
      script.on(0).evictBM(1, 0, [0, 1]);
      script.on(1).addB(parent, 1, [0, 1], 0).addM(app("A", null), 2, 1);
      script.on(1).put("A", "v1", 2, false).evictB(1, [0, 5]);
      script.on(0).addB(parent, 3, [0, 5], 1).addM(app("A", null), 4, 3);
      script.on(0).put("A", "v2", 4, false);
      script.closeEpoch();
    },
    { threads: 2 },
  ),
];

/** Lies that only the multiset hash or the aggregate can see. */
export const AGGREGATE_ATTACKS: readonly Attack[] = [
  attack("H.key", "a record comes back under another key", "A.hash", (script) => {
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictBM(1, 0, [0, 1]);
    script.on(0).addB(app("B", "v1"), 1, [0, 1], 0).get("B", 1, "v1");
    script.closeEpoch();
  }),

  attack("H.val", "a record comes back with another value", "A.hash", (script) => {
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictBM(1, 0, [0, 1]);
    script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged");
    script.closeEpoch();
  }),

  attack("H.ts", "an add is justified by a later evict", "A.hash", (script) => {
    script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged").evictB(1, [0, 5]);
    script.closeEpoch();
  }),

  attack(
    "H.tid",
    "two threads forge the same pair of elements",
    "A.hash",
    (script) => {
      for (const thread of [0, 1]) {
        script.on(thread).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged");
        script.on(thread).evictB(1, [0, 5]);
      }
      script.closeEpoch();
    },
    { threads: 2, also: ["H.add"] },
  ),

  attack(
    "A.count",
    "two equal adds that nothing evicted",
    "A.count",
    (script) => {
      const forged = app("A", "forged");
      script.on(0).addB(forged, 1, [0, 1], 0).addB(forged, 2, [0, 1], 0).get("A", 1, "forged");
      script.closeEpoch();
    },
    { also: ["H.add"] },
  ),

  attack("A.hash", "as many adds as evicts, but not the same", "A.hash", (script) => {
    script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged").evictB(1, [0, 5]);
    script.closeEpoch();
  }),

  attack(
    "A.all",
    "a thread that forged does not commit",
    "open",
    (script) => {
      script.on(1).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged");
      script.on(0).nextEpoch().verifyEpoch();
    },
    { threads: 2 },
  ),

  attack("A.prefix", "an epoch that does not balance is passed over", "A.count", (script) => {
    script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).evictB(1, [1, 1]).verifyEpoch();
    script.on(0).addB(app("A", "forged"), 2, [1, 1], 0).get("A", 2, "forged");
    script.closeEpoch();
  }),

  attack(
    "P.once",
    "a share merged twice cancels itself",
    "A.hash",
    (script) => {
      script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged").evictB(1, [0, 5]);
      script.closeEpoch();
    },
    { also: ["H.add"] },
  ),
];

/** Lies inside a call, and about names. */
export const CALL_ATTACKS: readonly Attack[] = [
  attack64("R.fail", "a call that must not have happened is recorded", "R.fail", (script) => {
    script.on(0).addM(record64(2, null), 1, 0).vget(2, 5, 1);
    script.closeEpoch();
  }),

  attack("R.key", "a call runs on another key's record", "R.key", (script) => {
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).get("B", 1, "v1");
    script.closeEpoch();
  }),

  attack("R.key", "a transaction runs on another key's record", "R.key", (script) => {
    const [condition, write] = [{ equals: blake3Digest(utf8("v1")) }, { put: utf8("v2") }];
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false);
    script.on(0).addM(app("C", null), 2, 0).put("C", "v1", 2, false);
    script
      .on(0)
      .transact([{ leaf: "A", slot: 2, condition, write }], DONE)
      .get("A", 1, "v1");
    script.closeEpoch();
  }),

  attack(
    "R.distinct",
    "a transaction takes one record for two",
    "R.distinct",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false);
      const present = { slot: 1, condition: "present" } as const;
      script.on(0).transact(
        [
          { leaf: "A", ...present },
          { leaf: "C", ...present },
        ],
        DONE,
      );
      script.closeEpoch();
    },
    { also: ["R.key"] },
  ),

  attack64("K.inj", "two keys with one name in the tree", "M.initC", (script) => {
    // 1 and 17 agree in their last four bits, all that the weak lowering keeps.
    script.on(0).addM(record64(1, null), 1, 0).vput(1, 5, 1).evictM(1, 0);
    script.on(0).addM(record64(17, 5), 1, 0).vget(17, 5, 1);
    script.closeEpoch();
  }),
];
