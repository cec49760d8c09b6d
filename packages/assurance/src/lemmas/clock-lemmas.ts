// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import type { Lemma } from "./prover.ts";

/**
 * Time of PROTOCOL §4 and §5 in bit vectors as wide as in the monitor: a timestamp is epoch (32 bits) and counter (32 bits), a base key its
 * depth (9 bits) and W (256 bits), so that comparing them as unsigned numbers is the protocol's order. A moment is (clock, last evicted key).
 */
const TIME = "(_ BitVec 64)";
const KEY = "(_ BitVec 265)";

const DEFINITIONS = [
  `(define-fun root () ${KEY} (_ bv0 265))`,
  `(define-fun epoch ((t ${TIME})) (_ BitVec 32) ((_ extract 63 32) t))`,
  `(define-fun counter ((t ${TIME})) (_ BitVec 32) ((_ extract 31 0) t))`,
  `(define-fun before ((c ${TIME}) (l ${KEY}) (t ${TIME}) (k ${KEY})) Bool
     (or (bvult c t) (and (= c t) (bvult l k))))`,
  `(define-fun not-after ((c ${TIME}) (l ${KEY}) (t ${TIME}) (k ${KEY})) Bool
     (or (before c l t k) (and (= c t) (= l k))))`,
];

/** The transitions of a thread's moment, without the rules left out. */
function transitions(without: ReadonlySet<RuleId>): string[] {
  const unless = (rule: RuleId, condition: string) => (without.has(rule) ? "true" : condition);
  const noOverflow = unless("C.ovf", "(not (= (counter t) #xffffffff))");
  const noEpochOverflow = unless("C.ovf", "(not (= (epoch c) #xffffffff))");
  const after = "(concat (epoch t) (bvadd (counter t) #x00000001))";
  const later = `(bvult c ${after})`;
  const clock = without.has("B.clock") ? "c" : `(ite ${later} ${after} c)`;
  const last = without.has("B.clock")
    ? "l"
    : without.has("B.lekreset")
      ? "root"
      : `(ite ${later} root l)`;
  const strict = unless("V.strict", "(before c l t k)");
  const inTime = unless("V.time", `(and (not-after c l t k) ${strict})`);
  const [evictClock, evictLast] = without.has("V.clock") ? ["c", "l"] : ["t", "k"];
  const state = `(c ${TIME}) (l ${KEY})`;
  const step = `${state} (c2 ${TIME}) (l2 ${KEY})`;
  return [
    `(define-fun addB (${step} (t ${TIME})) Bool
       (and ${noOverflow} (= c2 ${clock}) (= l2 ${last})))`,
    `(define-fun evictB (${step} (t ${TIME}) (k ${KEY})) Bool
       (and (not (= k root)) ${inTime} (= c2 ${evictClock}) (= l2 ${evictLast})))`,
    `(define-fun nextEpoch (${step}) Bool
       (and ${noEpochOverflow} (= c2 (concat (bvadd (epoch c) #x00000001) #x00000000)) (= l2 root)))`,
  ];
}

function moments(...names: readonly string[]): string[] {
  return names.flatMap((name) => [
    `(declare-const c${name} ${TIME})`,
    `(declare-const l${name} ${KEY})`,
  ]);
}

const VARIABLES = [
  ...moments("0", "1", "2", "3"),
  `(declare-const t ${TIME})`,
  `(declare-const u ${TIME})`,
  `(declare-const k ${KEY})`,
  `(declare-const m ${KEY})`,
];

const FORWARD = "(not-after c0 l0 c1 l1)";

/** The facts T1 to T3 of PROTOCOL §5; each about one thread, any moment, any timestamps and keys. */
export function clockLemmas(disabled: readonly RuleId[] = []): Lemma[] {
  const declarations = [...DEFINITIONS, ...transitions(new Set(disabled)), ...VARIABLES];
  const lemma = (name: string, assumptions: string[], claim: string): Lemma => ({
    name,
    declarations,
    assumptions,
    claim,
  });
  return [
    lemma("T1: AddB never moves the moment back", ["(addB c0 l0 c1 l1 t)"], FORWARD),
    lemma("T1: NextEpoch never moves the moment back", ["(nextEpoch c0 l0 c1 l1)"], FORWARD),
    lemma(
      "T1: EvictB moves the moment forward, to exactly (t, k)",
      ["(evictB c0 l0 c1 l1 t k)"],
      "(and (before c0 l0 c1 l1) (= c1 t) (= l1 k))",
    ),
    lemma(
      "T2: after AddB of t the clock is later than t",
      ["(addB c0 l0 c1 l1 t)"],
      "(bvult t c1)",
    ),
    lemma(
      "T2: what is evicted after AddB of t is later than t",
      // By T1, whatever happens between the two leaves the moment where it was or later.
      ["(addB c0 l0 c1 l1 t)", "(not-after c1 l1 c2 l2)", "(evictB c2 l2 c3 l3 u k)"],
      "(bvult t u)",
    ),
    lemma(
      "T3: two evicts of a thread never have the same time and key",
      ["(evictB c0 l0 c1 l1 t k)", "(not-after c1 l1 c2 l2)", "(evictB c2 l2 c3 l3 u m)"],
      "(not (and (= t u) (= k m)))",
    ),
    lemma(
      "T3: not even with an AddB between them",
      ["(evictB c0 l0 c1 l1 t k)", "(addB c1 l1 c2 l2 u)", "(evictB c2 l2 c3 l3 t m)"],
      "(not (= k m))",
    ),
  ];
}

/** Rules without which some lemma about time must fail. */
export const CLOCK_RULES: readonly RuleId[] = [
  "C.ovf",
  "B.lekreset",
  "V.strict",
  "B.clock",
  "V.time",
  "V.clock",
];
