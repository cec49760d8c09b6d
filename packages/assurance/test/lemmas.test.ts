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
async function refuted(lemmas: readonly Lemma[]): Promise<string[]> {
  const names: string[] = [];
  for (const lemma of lemmas) if (!(await prover.proves(lemma))) names.push(lemma.name);
  return names;
}

describe("for all timestamps and keys", () => {
  it.each(clockLemmas().map(({ name }, i) => ({ name, i })))("$name", async ({ i }) => {
    expect(await refuted(clockLemmas().slice(i, i + 1))).toEqual([]);
  });

  it.each(CLOCK_RULES)("without %s some fact about time is false", async (rule) => {
    expect(await refuted(clockLemmas([rule]))).not.toEqual([]);
  });
});

describe("for all keys, one proving ancestor stays one", () => {
  it.each(treeLemmas().map(({ name }, i) => ({ name, i })))("$name", async ({ i }) => {
    expect(await refuted(treeLemmas().slice(i, i + 1))).toEqual([]);
  });

  it.each(TREE_RULES)("without %s that is false", async (rule) => {
    expect(await refuted(treeLemmas([rule]))).not.toEqual([]);
  });
});

describe("the prover", () => {
  it("refutes what is false", async () => {
    const declarations = ["(declare-const b (_ BitVec 8))"];
    const about = (claim: string): Lemma => ({ name: claim, declarations, assumptions: [], claim });
    expect(await prover.proves(about("(bvult b (bvadd b #x01))"))).toBe(false);
    expect(await prover.proves(about("(= (bvand b b) b)"))).toBe(true);
  });
});
