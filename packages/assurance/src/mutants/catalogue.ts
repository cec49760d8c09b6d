// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "@zeta/monitor/test/attacks/attack";
import {
  AGGREGATE_ATTACKS,
  CALL_ATTACKS,
  DEFERRED_ATTACKS,
} from "@zeta/monitor/test/attacks/deferred-attacks";
import { MERKLE_ATTACKS } from "@zeta/monitor/test/attacks/merkle-attacks";
import type { Patch } from "../monitors/wasm-build.ts";
import { EXTRA_ATTACKS } from "./extra-attacks.ts";
import { CALLS } from "./rules/calls.ts";
import { DECODING } from "./rules/decoding.ts";
import { DEFERRED } from "./rules/deferred.ts";
import { EPOCHS } from "./rules/epochs.ts";
import type { RulePatches } from "./rules/rule.ts";
import { TREE } from "./rules/tree.ts";

/** Every rule that can be taken out of the monitor's sources. */
export const RULES: RulePatches = { ...DECODING, ...TREE, ...DEFERRED, ...EPOCHS, ...CALLS };

/** The changes that take these rules out. */
export function patchesFor(rules: readonly string[]): readonly Patch[] {
  return rules.flatMap((rule) => {
    const patches = RULES[rule];
    if (patches === undefined) throw new Error(`expected patches for rule ${rule}`);
    return patches;
  });
}

/** Attacks of the attack log that this code stops in another way than the reference; {@link EXTRA_ATTACKS} has theirs. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "E.ptr": "the reference would also write the descriptor's key",
  "C.ovf":
    "the clock is one u64: the counter carries into the epoch, and only the last time of all wraps",
  "P.once": "the reference merges a share twice by itself",
  "R.app": "a node's descriptors do not lie where an application value does",
};

const LOGGED = [...MERKLE_ATTACKS, ...DEFERRED_ATTACKS, ...AGGREGATE_ATTACKS, ...CALL_ATTACKS];

/** Other rules that stop an attack on this code as well: it is certified without all of them, and by none alone. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  // The parent's child flag is cleared by EvictM and EvictBM alone.
  "V.badd": ["M.flagB"],
};

export interface CataloguedAttack {
  readonly attack: Attack;
  /** Rules that the mutant lacks, the attack's own first. */
  readonly without: readonly string[];
}

/** Every attack on the WebAssembly monitor, with the rules that must be gone for it to succeed. */
export const ATTACKS: readonly CataloguedAttack[] = [
  ...LOGGED.filter(({ id }) => !(id in OTHERWISE)),
  ...EXTRA_ATTACKS,
].map((attack) => ({
  attack,
  without: [attack.id, ...(attack.also ?? []), ...(ALSO[attack.id] ?? [])],
}));

/** The reasons why nothing can be gained without these rules; the specification's section 12, and what is peculiar to this code. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  "D.tag": "an entry of an unknown tag that does nothing",
  "D.short": "reads beyond the frame find what is in private memory: no statement about it is made",
  "D.kind":
    "two encodings of one record: the element and the value hash are those of the canonical one",
  "D.bool": "any non-zero flag means deferred, as 1 does",
  "D.length": "values longer than the limit still need room in value memory",
  "K.canon": "two names for one node; no forgery is known, comparisons are over all bits",
  "M.bounds": "memory safety, not protocol: slots beyond the table overlap value memory",
  "M.slot": "specification section 12: the overwritten record is lost, nothing is forged",
  "M.flagA":
    "specification section 12: a flag is set together with a descriptor, and no descriptor becomes empty again",
  "E.desc": "specification section 12: follows from E.ptr and the order of the tree",
  "E.par": "specification section 12: matters only after a duplicate that cannot balance",
  "B.bounds": "memory safety, not protocol: slots beyond the table overlap value memory",
  "B.root": "specification section 12: no evict can match an added root",
  "B.slot": "specification section 12: the overwritten record is lost, nothing is forged",
  "V.root": "the root has method M and cannot pass V.badd",
  "W.slots":
    "a record cannot hang under a slot that was emptied (E.kids, V.kids), nor under itself (W.desc)",
  "W.madd": "specification section 12: implied by W.par",
  "W.desc": "specification section 12: implied by W.par and W.ptr",
  "W.ptr": "specification section 12: implied by W.par",
  "W.blum":
    "specification section 12: past W.madd the record came from the tree, whose flag is clear while it is in a slot",
  "W.par": "specification section 12: implied by W.ptr and the child flags",
  "P.clock":
    "specification section 12: needed so that an epoch means a prefix; late adds are stopped by B.epoch",
  "H.count": "counters are u64: at 2^64 elements they would wrap, and the sums would still differ",
  "A.poison": "the thread whose share was refused is dead, so its epoch is never complete",
  "F.sticky": "no check of an entry comes after an effect that a later entry could use",
  "R.fid": "an unknown number runs a known function, under a receipt that names the unknown one",
  "R.consume": "two payloads for one call; the receipt binds the bytes",
  "L.memory": "memory safety, not protocol: links of cells overlap values",
  "L.frame": "a frame without entries does nothing",
};
