// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { init, killThreads, type Z3_context, type Z3_solver } from "z3-solver";

/** A claim about all values of some variables, in SMT-LIB 2: `assumptions` imply `claim`. */
export interface Lemma {
  readonly name: string;
  readonly declarations: readonly string[];
  readonly assumptions: readonly string[];
  readonly claim: string;
}

/** Asks Z3 whether lemmas hold. */
export interface Prover {
  /**
   * True: no values contradict it. False: Z3 has found some.
   *
   * @throws Error when Z3 cannot read the lemma, or tells neither in its steps
   */
  proves(lemma: Lemma): boolean;
  /** Ends Z3's threads, which would keep the process alive. */
  close(): Promise<void>;
}

/** Our longest search takes 3.7 million, half a second. */
const STEPS_MAX = 40_000_000;

/** Z3_error_code of a call that went well. */
const Z3_OK = 0;

/** Z3_lbool, the answer of Z3_solver_check. */
const UNSATISFIABLE = -1;
const UNDECIDED = 0;
const SATISFIABLE = 1;

/**
 * Z3 through its C interface, each lemma in a context of its own, and on this thread. The package's JavaScript classes run a search on another
 * thread while the garbage collector gives handles back on this one; a context stands no two threads, and now and then its memory was
 * destroyed, which showed as a wrong turn of a search, a crash or a process that hung.
 *
 * @param stepsMax of one lemma, in Z3's own measure of work, which does not depend on the machine
 */
export async function startProver(stepsMax: number = STEPS_MAX): Promise<Prover> {
  const { Z3, em } = await init();
  assert(typeof em._Z3_solver_check === "function", "z3-solver exports Z3_solver_check");
  const check: (context: Z3_context, solver: Z3_solver) => number = em._Z3_solver_check;

  function satisfiable(name: string, script: string): boolean {
    const config = Z3.mk_config();
    const context = Z3.mk_context(config);
    Z3.del_config(config);
    try {
      const solver = Z3.mk_solver(context);
      Z3.solver_inc_ref(context, solver);
      const params = Z3.mk_params(context);
      Z3.params_inc_ref(context, params);
      Z3.params_set_uint(context, params, Z3.mk_string_symbol(context, "rlimit"), stepsMax);
      Z3.solver_set_params(context, solver, params);
      Z3.solver_from_string(context, solver, script);
      if (Z3.get_error_code(context) !== Z3_OK) {
        const reason = Z3.get_error_msg(context, Z3.get_error_code(context));
        throw new Error(`expected ${name} in SMT-LIB, got: ${reason}`);
      }
      const answer = check(context, solver);
      if (answer === SATISFIABLE || answer === UNSATISFIABLE) return answer === SATISFIABLE;
      const reason = answer === UNDECIDED ? Z3.solver_get_reason_unknown(context, solver) : answer;
      throw new Error(`expected a verdict on ${name}, got none: ${reason}`);
    } finally {
      Z3.del_context(context);
    }
  }

  return {
    proves({ name, declarations, assumptions, claim }) {
      const asserts = [...assumptions, `(not ${claim})`].map((one) => `(assert ${one})`);
      return !satisfiable(name, [...declarations, ...asserts].join("\n"));
    },
    close: () => killThreads(em),
  };
}
