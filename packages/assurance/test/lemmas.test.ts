// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLOCK_RULES, clockLemmas } from "../src/lemmas/clock-lemmas.ts";
import { type Lemma, type Prover, startProver } from "../src/lemmas/prover.ts";
import { TREE_RULES, treeLemmas } from "../src/lemmas/tree-lemmas.ts";

let prover: Prover;

beforeAll(async () => {
  prover = await startProver();
});

afterAll(() => prover.close());

/** The names of the lemmas that do not hold. */
function refuted(lemmas: readonly Lemma[]): string[] {
  return lemmas.filter((lemma) => !prover.proves(lemma)).map(({ name }) => name);
}

describe("for all timestamps and keys", () => {
  it.each(clockLemmas().map(({ name }, i) => ({ name, i })))("$name", ({ i }) => {
    expect(refuted(clockLemmas().slice(i, i + 1))).toEqual([]);
  });

  it.each(CLOCK_RULES)("without %s some fact about time is false", (rule) => {
    expect(refuted(clockLemmas([rule]))).not.toEqual([]);
  });
});

describe("for all keys, one proving ancestor stays one", () => {
  it.each(treeLemmas().map(({ name }, i) => ({ name, i })))("$name", ({ i }) => {
    expect(refuted(treeLemmas().slice(i, i + 1))).toEqual([]);
  });

  it.each(TREE_RULES)("without %s that is false", (rule) => {
    expect(refuted(treeLemmas([rule]))).not.toEqual([]);
  });
});

describe("the prover", () => {
  it("refutes what is false", () => {
    const declarations = ["(declare-const b (_ BitVec 8))"];
    const about = (claim: string): Lemma => ({ name: claim, declarations, assumptions: [], claim });
    expect(prover.proves(about("(bvult b (bvadd b #x01))"))).toBe(false);
    expect(prover.proves(about("(= (bvand b b) b)"))).toBe(true);
  });

  it("gives no verdict on what it cannot read", () => {
    const lemma: Lemma = { name: "of c", declarations: [], assumptions: [], claim: "(= c c)" };
    expect(() => prover.proves(lemma)).toThrow(
      /expected of c in SMT-LIB, got: .*unknown constant c/s,
    );
  });

  it("gives no verdict when its steps are used up", async () => {
    const hasty = await startProver(10_000);
    try {
      const [lemma] = treeLemmas();
      expect(lemma).toBeDefined();
      if (lemma) expect(() => hasty.proves(lemma)).toThrow(/expected a verdict on AddM under/);
    } finally {
      await hasty.close();
    }
  });
});
