// SPDX-License-Identifier: Apache-2.0
import { type RulePatches, source } from "./rule.ts";

const merkle = source("assembly/merkle-ops.ts");

/** Rules of AddM and EvictM. */
export const TREE: RulePatches = {
  "M.bounds": [merkle.without("if (!isSlot(s) || !isSlot(p)) return fail(M_bounds);")],
  "M.parent": [merkle.without("if (kindOf(parent) != KIND_INTERNAL) return fail(M_parent);")],
  "M.desc": [merkle.without("if (!isBelow(INCOMING, parent)) return fail(M_desc);")],
  "M.slot": [merkle.without("if (kindOf(slot) != KIND_EMPTY) return fail(M_slot);")],
  "M.initA": [merkle.without("if (!incomingIsInitial()) return fail(M_initA);")],
  "M.flagA": [merkle.without("if (childOf(parent, d) != NO_SLOT) return fail(M_flagA);")],
  "M.hash": [
    merkle.without(
      "if (!sameDigest(incomingValueHash(), known + DESCRIPTOR_HASH)) return fail(M_hash);",
    ),
  ],
  "M.blum": [merkle.without("if (load<u8>(known, DESCRIPTOR_IN_DEFERRED)) return fail(M_blum);")],
  "M.flagB": [merkle.without("if (childOf(parent, d) != NO_SLOT) return fail(M_flagB);")],
  "M.initC": [merkle.without("if (!incomingIsInitial()) return fail(M_initC);")],
  "M.between": [merkle.without("if (!isBelow(known, INCOMING)) return fail(M_between);")],
  "M.carryB": [
    merkle.change(
      "describe(known, INCOMING);",
      "store<u8>(descriptorOf(INCOMING, below), 0, DESCRIPTOR_IN_DEFERRED);\n  describe(known, INCOMING);",
    ),
  ],
  "M.reparent": [merkle.change("if (child != NO_SLOT) {", "if (false) {")],
  "E.slots": [merkle.without("if (!isUsed(s) || !isUsed(p) || s == p) return fail(E_slots);")],
  "E.desc": [merkle.without("if (!isBelow(slot, parent)) return fail(E_desc);")],
  "E.kids": [merkle.without("if (hasChildren(slot)) return fail(E_kids);")],
  "E.ptr": [
    merkle.without(
      "if (!load<u8>(known, DESCRIPTOR_PRESENT) || !sameKey(known, slot)) return fail(E_ptr);",
    ),
  ],
  "E.par": [
    merkle.without(
      "if (attached ? !hangsUnder(slot, p, d) : childOf(parent, d) != NO_SLOT) return fail(E_par);",
    ),
  ],
  // A "clean" record would keep the hash that is there already.
  "E.hash": [
    merkle.change(
      "valueHash(slot, known + DESCRIPTOR_HASH);",
      "if (load<u64>(known, DESCRIPTOR_HASH) == 0) valueHash(slot, known + DESCRIPTOR_HASH);",
    ),
  ],
  "E.clrB": [merkle.without("store<u8>(known, 0, DESCRIPTOR_IN_DEFERRED);")],
};
