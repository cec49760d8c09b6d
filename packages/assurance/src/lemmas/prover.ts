// SPDX-License-Identifier: Apache-2.0
import { init, killThreads } from "z3-solver";

/** A claim about all values of some variables, in SMT-LIB 2: `assumptions` imply `claim`. */
export interface Lemma {
  readonly name: string;
  readonly declarations: readonly string[];
  readonly assumptions: readonly string[];
  readonly claim: string;
}

/** Asks Z3 whether lemmas hold. */
export interface Prover {
  /** True: no values contradict it. False: Z3 has found some. */
  proves(lemma: Lemma): Promise<boolean>;
  /** Ends Z3's threads, which would keep the process alive. */
  close(): Promise<void>;
}

/**
 * Mostly a lemma takes half a second; now and then a search goes astray and fills all memory, and another seed finds the way. One that stays
 * undecided is an error, never a silent pass.
 */
const ATTEMPT_MS = 5_000;
const ATTEMPTS = 4;

export async function startProver(): Promise<Prover> {
  const api = await init();
  const { Solver } = api.Context("main");
  return {
    async proves({ name, declarations, assumptions, claim }) {
      const asserts = [...assumptions, `(not ${claim})`].map((one) => `(assert ${one})`);
      for (let seed = 0; seed < ATTEMPTS; seed++) {
        const solver = new Solver();
        solver.set("timeout", ATTEMPT_MS);
        solver.set("random_seed", seed);
        solver.fromString([...declarations, ...asserts].join("\n"));
        const answer = await solver.check();
        if (answer !== "unknown") return answer === "unsat";
      }
      throw new Error(`expected a verdict on ${name}, got none in time`);
    },
    close: () => killThreads(api.em),
  };
}
