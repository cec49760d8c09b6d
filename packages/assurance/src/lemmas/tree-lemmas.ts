// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import type { Lemma } from "./prover.ts";

/**
 * A node is the *proving ancestor* of a key when the key lies below it and its descriptor on that side names nothing that lies above the key:
 * it is the only place from which the key could be admitted (PROTOCOL §9). These lemmas are about one AddM of `k` under the node `a`, whose
 * descriptor on that side names `n` or nothing, seen from an arbitrary key `x`. Every node but `a` and `k` keeps its descriptors, so if the two
 * together stand for `x` exactly as often after the step as before, the number of proving ancestors of `x` has not changed: it stays one.
 *
 * Keys are as wide as in the monitor: depth (9 bits) and W (256 bits, first step in the lowest bit, zero beyond the depth).
 */
const W = "(_ BitVec 256)";
const DEPTH = "(_ BitVec 9)";

const DEFINITIONS = [
  `(define-fun mask ((d ${DEPTH})) ${W}
     (bvnot (bvshl (bvnot (_ bv0 256)) ((_ zero_extend 247) d))))`,
  `(define-fun canonical ((w ${W}) (d ${DEPTH})) Bool
     (and (bvule d (_ bv256 9)) (= (bvand w (bvnot (mask d))) (_ bv0 256))))`,
  `(define-fun below ((w ${W}) (d ${DEPTH}) (aw ${W}) (ad ${DEPTH})) Bool
     (and (bvugt d ad) (= (bvand w (mask ad)) aw)))`,
  `(define-fun side ((w ${W}) (ad ${DEPTH})) Bool
     (= ((_ extract 0 0) (bvlshr w ((_ zero_extend 247) ad))) #b1))`,
  `(define-fun stands ((xw ${W}) (xd ${DEPTH}) (aw ${W}) (ad ${DEPTH}) (empty Bool) (nw ${W}) (nd ${DEPTH})) Bool
     (and (below xw xd aw ad) (or empty (not (below xw xd nw nd)))))`,
];

const KEYS = ["x", "a", "k", "n"];

const VARIABLES = [
  ...KEYS.flatMap((key) => [
    `(declare-const ${key}w ${W})`,
    `(declare-const ${key}d ${DEPTH})`,
    `(assert (canonical ${key}w ${key}d))`,
  ]),
  // Is the descriptor of `a` on the side of `k` empty? Else it names n.
  "(declare-const empty Bool)",
  // The descriptors of a node that is not new: only a monitor without M.initA or M.initC lets them in.
  `(declare-const ow ${W})`,
  `(declare-const od ${DEPTH})`,
  "(declare-const filled Bool)",
];

/** Does `a` stand for x before the step? On its other side nothing changes, so only x on the side of k is of interest. */
const BEFORE = "(stands xw xd aw ad empty nw nd)";
const SAME_SIDE = "(= (side xw ad) (side kw ad))";
const AFTER_PARENT = "(stands xw xd aw ad false kw kd)";

/** The steps that change descriptors, without the rules left out. */
export function treeLemmas(disabled: readonly RuleId[] = []): Lemma[] {
  const unless = (rule: RuleId, condition: string) =>
    disabled.includes(rule) ? "true" : condition;
  const parent = [
    unless("M.desc", "(below kw kd aw ad)"),
    // What a descriptor names lies below its node, on its side.
    "(or empty (and (below nw nd aw ad) (= (side nw ad) (side kw ad))))",
    SAME_SIDE,
  ];
  const declarations = [...DEFINITIONS, ...VARIABLES];
  return [
    caseA(declarations, [...parent, "empty", unless("M.initA", "(not filled)")]),
    caseC(declarations, [
      ...parent,
      "(not empty)",
      "(not (and (= kw nw) (= kd nd)))",
      unless("M.between", "(below nw nd kw kd)"),
      unless("M.initC", "(not filled)"),
    ]),
    {
      name: "EvictM and EvictBM: the descriptor goes on naming the same key",
      declarations,
      assumptions: [
        "(below kw kd aw ad)",
        "(not empty)",
        SAME_SIDE,
        unless("E.ptr", "(and (= kw nw) (= kd nd))"),
      ],
      claim: `(= ${BEFORE} ${AFTER_PARENT})`,
    },
  ];
}

/** Case A: nothing was below; k is new, and so is all that it stands for. */
function caseA(declarations: readonly string[], assumptions: readonly string[]): Lemma {
  const own = "(and (bvult kd (_ bv256 9)) (stands xw xd kw kd (not filled) ow od))";
  return {
    name: "AddM under an empty descriptor: a or k stands for x, never both, if a did",
    declarations,
    assumptions,
    claim: exactlyOne(own),
  };
}

/** Case C: k goes between a and n; on the side of n it names n, on the other it is empty. */
function caseC(declarations: readonly string[], assumptions: readonly string[]): Lemma {
  const towards = "(= (side xw kd) (side nw kd))";
  const own = `(ite ${towards} (stands xw xd kw kd false nw nd) (stands xw xd kw kd (not filled) ow od))`;
  return {
    name: "AddM on an edge: a or k stands for x, never both, if a did",
    declarations,
    assumptions,
    claim: exactlyOne(own),
  };
}

function exactlyOne(own: string): string {
  return `(and (= ${BEFORE} (or ${AFTER_PARENT} ${own})) (not (and ${AFTER_PARENT} ${own})))`;
}

/** Rules without which some lemma about the tree must fail. */
export const TREE_RULES: readonly RuleId[] = ["M.desc", "M.initA", "M.initC", "M.between", "E.ptr"];
