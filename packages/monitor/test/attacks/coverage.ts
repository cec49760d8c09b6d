// SPDX-License-Identifier: Apache-2.0

/** Every ID in the tables of the protocol specification, sections 11 and 12. */
export const PROTOCOL_RULES = [
  ...["M.initA", "M.hash", "M.blum", "M.flagA", "M.flagB", "M.initC", "M.between", "M.desc"],
  ...["M.type", "M.carryB", "M.reparent", "M.slot"],
  ...["B.slot", "B.epoch", "B.clock", "B.lekreset", "C.ovf", "B.root"],
  ...["E.kids", "E.ptr", "E.hash", "E.clrB", "E.desc", "E.par"],
  ...["V.time", "V.strict", "V.clock", "V.badd", "V.kids", "V.root"],
  ...["W.setB", "W.madd", "W.blum", "W.desc", "W.ptr", "W.par"],
  ...["H.key", "H.val", "H.ts", "H.tid", "H.epochOfT"],
  ...["A.count", "A.hash", "A.all", "A.prefix", "P.once", "P.clock", "failed-excluded"],
  ...["R.distinct", "R.app", "R.fail", "R.consume"],
  ...["K.inj", "K.canon", "F.sticky", "D.fetch", "S.epoch", "S.inst", "S.nonce"],
] as const;

/** Rules with a test of their own: the file, and what it shows. */
export const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  "M.reparent": "rules.test.ts: honest log",
  "E.clrB": "rules.test.ts: honest log",
  "H.epochOfT": "rules.test.ts: honest log",
  "failed-excluded": "rules.test.ts",
  "F.sticky": "rules.test.ts",
  "D.fetch": "rules.test.ts",
  "S.epoch": "rules.test.ts",
  "S.nonce": "rules.test.ts",
  "S.inst": "enclave.test.ts",
  "H.count": "aggregator.test.ts: a thread would need 2^32 elements",
  "A.poison": "aggregator.test.ts",
  "L.frame": "rules.test.ts",
  "L.thread": "rules.test.ts",
};

/**
 * Checks that no log can reach, because others come first: defence in depth, kept in both monitors
 * (PROTOCOL §12).
 */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  "M.flagA":
    "a child flag is set together with a descriptor, and no descriptor becomes empty again",
  "W.blum": "past W.madd the record came from the tree, whose descriptor is cleared on the way in",
};
