// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import { KEY_A, KEY_B, KEY_C, NODE_P } from "./names.ts";
import type { WorldShape } from "./world.ts";

type Lengths = readonly [number, number];

/** Two records on the two sides of the root. */
export const LEAVES: WorldShape = {
  name: "leaves",
  keys: [KEY_A, KEY_C],
  slots: [3, 2],
  counters: 3,
  epochs: 1,
};

/** One record: fewer logs of each length, so longer ones. */
export const LEAF: WorldShape = { ...LEAVES, name: "leaf", keys: [KEY_A] };

/** One record and two epochs to certify. */
export const EPOCHS: WorldShape = {
  ...LEAF,
  name: "epochs",
  slots: [2, 2],
  counters: 2,
  epochs: 2,
};

/** Two records with an inner node above them, which moves between threads as well. */
export const NODE: WorldShape = {
  name: "node",
  keys: [NODE_P, KEY_A, KEY_B],
  slots: [4, 3],
  counters: 2,
  epochs: 1,
};

/** The node with a single record below it. */
export const STEM: WorldShape = { ...NODE, name: "stem", keys: [NODE_P, KEY_A] };

/** A node, a record below it and one beside it. */
export const BESIDE: WorldShape = {
  ...NODE,
  name: "beside",
  keys: [NODE_P, KEY_A, KEY_C],
  counters: 1,
};

/** The same with one more timestamp. */
export const APART: WorldShape = { ...BESIDE, name: "apart", counters: 2 };

/** One record and five timestamps. */
export const TICKS: WorldShape = { ...LEAF, name: "ticks", counters: 5 };

/** Each world with the lengths of both logs: what `npm test` looks at, and what `npm run assure` does. */
export const SEARCHES: readonly { shape: WorldShape; sampled: Lengths; full: Lengths }[] = [
  { shape: LEAF, sampled: [7, 4], full: [9, 5] },
  { shape: LEAVES, sampled: [5, 4], full: [8, 4] },
  { shape: EPOCHS, sampled: [6, 4], full: [8, 7] },
  { shape: STEM, sampled: [5, 3], full: [9, 5] },
  { shape: NODE, sampled: [4, 2], full: [6, 3] },
  { shape: APART, sampled: [5, 2], full: [7, 4] },
  { shape: TICKS, sampled: [5, 3], full: [7, 5] },
];

/** Rules without which the search must find a violation, and the smallest bounds known to show it. */
export const TEETH: readonly { rule: RuleId; shape: WorldShape; lengths: Lengths }[] = [
  { rule: "M.initA", shape: LEAF, lengths: [3, 2] },
  { rule: "M.hash", shape: LEAF, lengths: [5, 2] },
  { rule: "M.blum", shape: LEAF, lengths: [7, 1] },
  { rule: "M.flagB", shape: LEAF, lengths: [6, 1] },
  { rule: "M.initC", shape: NODE, lengths: [4, 1] },
  { rule: "M.desc", shape: BESIDE, lengths: [5, 1] },
  { rule: "M.carryB", shape: STEM, lengths: [8, 1] },
  { rule: "E.kids", shape: STEM, lengths: [9, 0] },
  { rule: "E.hash", shape: LEAF, lengths: [7, 1] },
  { rule: "B.epoch", shape: EPOCHS, lengths: [5, 2] },
  { rule: "B.clock", shape: LEAF, lengths: [4, 2] },
  { rule: "V.time", shape: LEAF, lengths: [4, 2] },
  { rule: "V.badd", shape: LEAF, lengths: [7, 1] },
  { rule: "V.kids", shape: STEM, lengths: [6, 3] },
  { rule: "W.setB", shape: LEAF, lengths: [7, 1] },
  { rule: "H.val", shape: LEAF, lengths: [5, 3] },
  { rule: "H.ts", shape: LEAF, lengths: [6, 3] },
];
