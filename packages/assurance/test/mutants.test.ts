// SPDX-License-Identifier: Apache-2.0
import { CHECKPOINT_ATTACKS } from "@zeta/monitor/test/attacks/checkpoint-attacks";
import { PROTOCOL_RULES } from "@zeta/monitor/test/attacks/coverage";
import { CHECK_IDS } from "@zeta/protocol/checks";
import { describe, expect, test } from "vitest";
import { patchedSource } from "../src/monitors/wasm-build.ts";
import { BOUNDED } from "../src/mutants/boundaries.ts";
import { ATTACKS, EQUIVALENT, RULES } from "../src/mutants/catalogue.ts";
import { judgeCheckpoint, judgeContinuation, judgeDeadThread } from "../src/mutants/checkpoints.ts";
import { judgeAttack, judgeDoubleFetch } from "../src/mutants/judge.ts";
import { HONEST } from "../src/mutants/own-logs.ts";
import { CONTINUES, REST } from "../src/mutants/rules/rest.ts";
import { judgeSlotTwice } from "../src/mutants/service-attack.ts";

/** Rules without code of their own in this monitor, and where they hold. */
const NO_MUTANT: Readonly<Record<string, string>> = {
  ok: "no check",
  "M.type": "by the encoding: D.kind",
  "B.type": "by the encoding: D.kind",
  "L.thread": "the loader has no thread to ask; rules.test.ts",
  "failed-excluded": "F.sticky: a dead thread commits nothing",
  "S.inst": "the enclave's statements; enclave.test.ts",
};

describe("the catalogue of mutants", () => {
  test.each([...new Set([...PROTOCOL_RULES, ...CHECK_IDS])])(
    "%s has a mutant, or a reason",
    (id) => {
      expect(Object.hasOwn(RULES, id) !== Object.hasOwn(NO_MUTANT, id)).toBe(true);
    },
  );

  test.each(Object.entries(RULES))("%s: its code is where the catalogue says", (_id, patches) => {
    expect(patches.length).toBeGreaterThan(0);
    for (const patch of patches) {
      expect(patchedSource(patch.file, [patch])).not.toBe(patchedSource(patch.file, []));
    }
  });

  test("a rule is shown by an attack or an honest log, or it has a reason why nothing is gained", () => {
    const shown = new Set([
      ...ATTACKS.map(({ attack }) => attack.id as string),
      ...Object.keys(HONEST),
    ]);
    shown.add("D.fetch").add("H.add").add("R.distinct");
    const unexplained = Object.keys(RULES).filter((id) => !shown.has(id) && !(id in EQUIVALENT));
    expect(unexplained).toEqual([]);
    expect([...BOUNDED].filter((id) => !(id in RULES))).toEqual([]);
  });

  test("a patch that fits nowhere, or twice, is an error", () => {
    const file = "assembly/merkle-ops.ts";
    expect(() => patchedSource(file, [{ file, find: "no such check", replace: "" }])).toThrow(
      "0 times",
    );
    expect(() => patchedSource(file, [{ file, find: "return DONE;", replace: "" }])).toThrow(
      "times",
    );
  });
});

/** Building a mutant takes seconds; `npm run assure mutants` builds them all. */
const SAMPLE = ["M.hash", "B.clock", "E.ptr", "T.ring", "A.hash", "A.all", "A.prefix"];

describe("a sample of the mutants", { timeout: 300_000 }, () => {
  const sample = ATTACKS.filter(({ attack }) => SAMPLE.includes(attack.id));
  test.each(sample.map((attack) => ({ ...attack, title: attack.attack.title })))(
    "$attack.id: $title",
    async (attack) => {
      const { faults, mutant } = await judgeAttack(attack);
      expect({ faults, mutant }).toEqual({ faults: [], mutant: "killed" });
    },
  );

  test("R.distinct: a service's transfer with one slot twice", async () => {
    expect(await judgeSlotTwice()).toMatchObject({ faults: [], mutant: "killed" });
  });

  test("D.fetch: bytes read twice", async () => {
    expect((await judgeDoubleFetch()).faults).toEqual([]);
  });

  test("an attack that the complete monitor already refuses for another reason is a fault", async () => {
    const [first] = ATTACKS;
    const wrong = {
      attack: { ...first!.attack, refusedBy: "E.kids" as const },
      without: ["A.hash"],
    };
    const { faults } = await judgeAttack(wrong);
    expect(faults).toEqual([
      "refused by E.kids, got M.initA",
      "certified by the mutant, got M.initA",
    ]);
  });
});

describe("rules of checkpoints", { timeout: 300_000 }, () => {
  test("each has an attack", () => {
    const attacked = new Set(CHECKPOINT_ATTACKS.flatMap(({ rules }) => rules));
    const others = ["rest.failed", "rest.violation"];
    expect([...attacked, ...others].sort()).toEqual(Object.keys(REST).sort());
  });

  test.each(CHECKPOINT_ATTACKS)("$rules.0: $title", async (attack) => {
    expect(await judgeCheckpoint(attack)).toMatchObject({ faults: [], caughtBy: "not_at_rest" });
  });

  test("rest.failed: a dead thread", async () => {
    expect((await judgeDeadThread()).faults).toEqual([]);
  });

  test.each(Object.keys(CONTINUES))("%s", async (rule) => {
    expect((await judgeContinuation(rule)).faults).toEqual([]);
  });

  test("an attack that gains nothing is a fault", async () => {
    const [first, , lost] = CHECKPOINT_ATTACKS;
    const { faults } = await judgeCheckpoint({ ...first!, second: lost!.second });
    expect(faults).toEqual(["the lie certified"]);
  });
});
