// SPDX-License-Identifier: Apache-2.0
/**
 * The checks of the monitor, by the IDs of the protocol specification. The index of an ID in {@link CHECK_IDS} is its number in the
 * WebAssembly module (`assembly/checks.ts`; a test holds the two lists against each other). Append only.
 */
export const CHECK_IDS = [
  "ok",
  // decoding
  "D.tag", // entry tag is none of the eight
  "D.short", // the frame ends inside an entry
  "D.kind", // record, value or option tag out of range
  "D.bool", // a boolean that is neither 0 nor 1
  "D.length", // a length above its limit, or not the exact one
  "K.canon", // base key with bits beyond its depth, depth > 256, or an internal key of depth 256
  // AddM
  "M.bounds",
  "M.type",
  "M.parent",
  "M.desc",
  "M.slot",
  "M.initA",
  "M.flagA",
  "M.hash",
  "M.blum",
  "M.flagB",
  "M.initC",
  "M.between",
  // EvictM
  "E.slots",
  "E.desc",
  "E.kids",
  "E.ptr",
  "E.par",
  // AddB
  "B.bounds",
  "B.type",
  "B.root",
  "B.slot",
  "B.epoch",
  "C.ovf",
  // EvictB
  "V.slot",
  "V.root",
  "V.time",
  "V.kids",
  "V.badd",
  // EvictBM
  "W.slots",
  "W.madd",
  "W.desc",
  "W.ptr",
  "W.blum",
  "W.par",
  // epochs and aggregation
  "P.clock",
  "T.ring", // the epoch is outside the window of open epochs (table rule)
  "H.count", // an element counter overflowed
  "A.count",
  "A.hash",
  "A.poison", // an earlier error made the aggregate unusable for ever
  // RunApp
  "R.fid",
  "R.consume",
  "R.slot",
  "R.app",
  "R.distinct",
  "R.key",
  "R.fail",
  // limits and life cycle
  "L.memory", // the monitor's value memory is full
  "L.frame", // empty frame, or longer than FRAME_BYTES_MAX
  "L.thread", // no such monitor thread
  "F.sticky", // the thread failed earlier
] as const;

export type CheckId = (typeof CHECK_IDS)[number];

/** Is `text` the ID of a check of this protocol version? */
export function isCheckId(text: string): text is CheckId {
  return (CHECK_IDS as readonly string[]).includes(text);
}
