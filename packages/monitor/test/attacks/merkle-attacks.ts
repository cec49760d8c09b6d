// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { writeRecord } from "@zeta/protocol/record";
import { app, described, hashOf, leafKey, node } from "../support/script.ts";
import { type Attack, attack } from "./attack.ts";

/** Lies about the tree. Slot 0 of thread 0 holds the root. */
export const MERKLE_ATTACKS: readonly Attack[] = [
  attack("M.initA", "a record that never existed arrives with a value", "M.initA", (script) => {
    script.on(0).addM(app("A", "forged"), 1, 0).get("A", 1, "forged");
    script.closeEpoch();
  }),

  attack("M.hash", "a cold record comes back with another value", "M.hash", (script) => {
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
    script.on(0).addM(app("A", "forged"), 1, 0).get("A", 1, "forged");
    script.closeEpoch();
  }),

  attack(
    "M.blum",
    "the tree's old copy of a record in deferred memory is used",
    "M.blum",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
      script.on(0).addM(app("A", "v1"), 1, 0).put("A", "v2", 1, true).evictBM(1, 0, [0, 1]);
      script.on(0).addM(app("A", "v1"), 2, 0).get("A", 2, "v1");
      script.on(0).addB(app("A", "v2"), 3, [0, 1], 0);
      script.closeEpoch();
    },
  ),

  attack(
    "M.flagB",
    "a record is added a second time while it is in a slot",
    "M.flagB",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).evictM(1, 0);
      script.on(0).addM(app("A", null), 1, 0).addM(app("A", null), 2, 0);
      script.on(0).put("A", "v1", 1, false).put("A", "v2", 2, false).get("A", 1, "v1");
      script.closeEpoch();
    },
  ),

  attack("M.initC", "a new inner node brings a forged neighbour with it", "M.initC", (script) => {
    script.on(0).addM(app("A", null), 1, 0).evictM(1, 0);
    script.on(0).addM(node("0", described("B", "forged")), 2, 0);
    script.on(0).addM(app("B", "forged"), 3, 2).get("B", 3, "forged");
    script.closeEpoch();
  }),

  attack(
    "M.between",
    "an inner node beside the path hides what was there",
    "M.between",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
      script.on(0).addM(node("00"), 2, 0).addM(node("0"), 3, 0);
      script.on(0).addM(app("A", null), 4, 3).get("A", 4, null);
      script.closeEpoch();
    },
  ),

  attack("M.desc", "a record is added under a node that is not above it", "M.desc", (script) => {
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
    script.on(0).addM(node("1"), 2, 0).addM(app("A", null), 3, 2).get("A", 3, null);
    script.closeEpoch();
  }),

  attack(
    "M.carryB",
    "splitting an edge makes it forget that the record left",
    "M.blum",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
      script.on(0).addM(app("A", "v1"), 1, 0).put("A", "v2", 1, true).evictBM(1, 0, [0, 1]);
      script.on(0).addM(node("0"), 2, 0).addM(app("A", "v1"), 3, 2).get("A", 3, "v1");
      script.on(0).addB(app("A", "v2"), 4, [0, 1], 0);
      script.closeEpoch();
    },
  ),

  attack("E.kids", "a node is evicted while its child is in a slot", "E.kids", (script) => {
    script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1);
    script.on(0).put("A", "v1", 2, false).evictM(2, 1);
    script.on(0).addM(app("A", "v1"), 2, 1).evictM(1, 0);
    script
      .on(0)
      .addM(node("0", null, described("A", "v1")), 3, 0)
      .addM(app("A", "v1"), 4, 3);
    script.on(0).put("A", "v2", 2, true).get("A", 4, "v1");
    script.closeEpoch();
  }),

  attack(
    "E.ptr",
    "a record is evicted past its parent, whose subtree is cut off",
    "E.ptr",
    (script) => {
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).addM(app("B", null), 3, 1);
      script.on(0).put("B", "v1", 3, false).evictM(3, 1).evictBM(2, 1, [0, 1]).evictM(1, 0);
      script.on(0).addB(app("A", null), 2, [0, 1], 0).evictM(2, 0);
      script.on(0).addM(node("0"), 1, 0).addM(app("B", null), 3, 1).get("B", 3, null);
      script.closeEpoch();
    },
  ),

  attack("E.hash", "a written record keeps the hash of its old value", "M.hash", (script) => {
    script.on(0).addM(app("A", null), 1, 0).evictM(1, 0);
    script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
    script.on(0).addM(app("A", null), 1, 0).get("A", 1, null);
    script.closeEpoch();
  }),

  attack(
    "W.setB",
    "a record goes to deferred memory and the tree still admits it",
    "M.blum",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).put("A", "v1", 1, false).evictM(1, 0);
      script.on(0).addM(app("A", "v1"), 1, 0).put("A", "v2", 1, true).evictBM(1, 0, [0, 1]);
      script.on(0).addM(app("A", "v1"), 2, 0).get("A", 2, "v1");
      script.on(0).addB(app("A", "v2"), 3, [0, 1], 0);
      script.closeEpoch();
    },
  ),

  attack(
    "R.app",
    "a call writes the descriptors of an inner node",
    "R.app",
    (script) => {
      // The function sees the node's record as bytes; what it writes back is a node with a forged
      // child.
      const before = node("0");
      const forged = { key: leafKey("B"), hash: hashOf(app("B", "forged")), inDeferred: false };
      const bytes = encodedNode(node("0", forged));
      script.on(0).addM(before, 1, 0).put("A", bytes, 1, true);
      script.on(0).addM(app("B", "forged"), 2, 1).get("B", 2, "forged");
      script.closeEpoch();
    },
    { also: ["R.key"] },
  ),
];

function encodedNode(record: ReturnType<typeof node>): Uint8Array {
  const writer = new ByteWriter();
  writeRecord(writer, record, "bytes");
  return writer.toBytes();
}
