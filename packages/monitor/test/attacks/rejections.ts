// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import type { CheckId } from "@zeta/protocol/checks";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { Verdict } from "../../src/verdict.ts";
import { encodeFrame } from "../support/honest-log.ts";
import { app, DONE, described, node, nodeKey, type Pen, Script } from "../support/script.ts";

/**
 * A log that is refused by one check; nothing can be gained by it (PROTOCOL §11, §12), so no
 * monitor lacking the check is shown.
 */
export interface Rejection {
  /** The rule of the table. */
  readonly id: CheckId;
  readonly title: string;
  /**
   * The check that shows: another one than `id` where the encoding makes `id` itself unreachable.
   */
  readonly check: CheckId;
  readonly verdict: Verdict;
  /**
   * A whole frame of thread 0, profile `bytes`, for a monitor of 16 slots and 128 bytes of value
   * memory.
   */
  readonly frame: Uint8Array;
}

/** Refused at the next entry; in a frame that ends with the refused entry, at the end. */
function late(id: CheckId, title: string, write: (pen: Pen) => void): Rejection {
  return { ...written(write), id, title, check: id, verdict: "failed_at_end" };
}

function atOnce(
  id: CheckId,
  title: string,
  verdict: Verdict,
  write: (pen: Pen) => void,
): Rejection {
  return { ...written(write), id, title, check: id, verdict };
}

function written(write: (pen: Pen) => void): { frame: Uint8Array } {
  const script = new Script();
  write(script.on(0));
  return { frame: encodeFrame(script.frames[0]?.entries ?? [], "bytes") };
}

/** Not a log entry at all. */
function malformed(id: CheckId, title: string, check: CheckId, bytes: ByteWriter): Rejection {
  return { id, title, check, verdict: "parsing_failure", frame: bytes.toBytes() };
}

function bytes(...given: number[]): ByteWriter {
  return new ByteWriter().bytes(Uint8Array.from(given));
}

/** AddM of an inner node, up to its value. */
function addNode(path: string): ByteWriter {
  const { bits, depth } = nodeKey(path);
  return bytes(0, 0).bytes(bits).u16(depth);
}

function addLeaf(): ByteWriter {
  return bytes(0, 1).bytes(new Uint8Array(32));
}

const RIGHT_IS_A = described("A", null);
const TOO_LONG = 129;

export const REJECTIONS: readonly Rejection[] = [
  malformed("D.tag", "entry tag 8", "D.tag", bytes(8)),
  malformed("D.short", "the frame ends inside an entry", "D.short", bytes(2, 0)),
  malformed("D.kind", "record tag 2", "D.kind", bytes(0, 2)),
  malformed(
    "D.bool",
    "a deferred flag of 2",
    "D.bool",
    addNode("0")
      .u8(1)
      .bytes(nodeKey("00").bits)
      .u16(2)
      .bytes(new Uint8Array(32))
      .u8(2)
      .u8(0)
      .u32(1),
  ),
  malformed(
    "D.length",
    "a value above the limit",
    "D.length",
    addLeaf()
      .u8(1)
      .u32(VALUE_BYTES_MAX + 1),
  ),
  malformed(
    "K.canon",
    "a node's name with a bit beyond its depth",
    "K.canon",
    bytes(0, 0).bytes(nodeKey("01").bits).u16(1).u16(0).u32(1),
  ),
  malformed(
    "K.canon",
    "an inner node of depth 256",
    "K.canon",
    bytes(0, 0).bytes(new Uint8Array(32)).u16(256).u16(0).u32(1),
  ),
  malformed(
    "M.type",
    "AddM: an inner node with an application's value",
    "D.kind",
    addNode("0").u8(2),
  ),
  malformed(
    "B.type",
    "AddB: a leaf with a node's value",
    "D.kind",
    bytes(1, 1).bytes(new Uint8Array(32)).u8(2),
  ),

  late("M.bounds", "a slot that the monitor does not have", (pen) =>
    pen.addM(app("A", null), 16, 0),
  ),
  late("M.parent", "an empty parent slot", (pen) => pen.addM(app("A", null), 1, 5)),
  late("M.parent", "a parent that is no node", (pen) =>
    pen.addM(app("A", null), 1, 0).addM(app("B", null), 2, 1),
  ),
  late("M.slot", "AddM into a slot in use", (pen) =>
    pen.addM(app("A", null), 1, 0).addM(app("C", null), 1, 0),
  ),

  late("E.slots", "EvictM of an empty slot", (pen) => pen.evictM(1, 0)),
  late("E.slots", "EvictM under itself", (pen) => pen.addM(node("0"), 1, 0).evictM(1, 1)),
  late("E.desc", "EvictM under a node that is not above", (pen) =>
    pen.addM(app("A", null), 1, 0).addM(node("1"), 2, 0).evictM(1, 2),
  ),
  late("E.par", "EvictM under another copy of the parent", (pen) => {
    pen.addM(node("0"), 1, 0).addM(app("A", null), 2, 1);
    pen.addB(node("0", null, RIGHT_IS_A), 3, [0, 1], 0).evictM(2, 3);
  }),

  late("B.bounds", "a slot that the monitor does not have", (pen) =>
    pen.addB(app("A", null), 16, [0, 1], 0),
  ),
  late("B.root", "AddB of the root", (pen) => pen.addB(node(""), 1, [0, 1], 0)),
  late("B.slot", "AddB into a slot in use", (pen) => pen.addB(app("A", null), 0, [0, 1], 0)),

  late("V.slot", "EvictB of an empty slot", (pen) => pen.evictB(1, [0, 1])),
  late("V.root", "EvictB of the root", (pen) => pen.evictB(0, [0, 1])),

  late("W.slots", "EvictBM with an empty parent slot", (pen) =>
    pen.addM(app("A", null), 1, 0).evictBM(1, 9, [0, 1]),
  ),
  late("W.madd", "EvictBM of a record from deferred memory", (pen) =>
    pen.addB(app("A", null), 1, [0, 1], 0).evictBM(1, 0, [0, 5]),
  ),
  late("W.desc", "EvictBM under a node that is not above", (pen) =>
    pen.addM(app("A", null), 1, 0).addM(node("1"), 2, 0).evictBM(1, 2, [0, 1]),
  ),
  late("W.ptr", "EvictBM past the parent", (pen) =>
    pen.addM(node("0"), 1, 0).addM(app("A", null), 2, 1).evictBM(2, 0, [0, 1]),
  ),
  late("W.par", "EvictBM under another copy of the parent", (pen) => {
    pen.addM(node("0"), 1, 0).addM(app("A", null), 2, 1);
    pen.addB(node("0", null, RIGHT_IS_A), 3, [0, 1], 0).evictBM(2, 3, [0, 5]);
  }),

  late("P.clock", "VerifyEpoch of the epoch that is running", (pen) => pen.verifyEpoch()),
  atOnce("T.ring", "an element 64 epochs ahead", "entry_failure", (pen) =>
    pen.addB(app("A", null), 1, [64, 0], 0),
  ),

  atOnce("T.ring", "a call 64 epochs ahead", "entry_failure", (pen) => {
    pen.addM(app("A", null), 1, 0);
    for (let epoch = 0; epoch < 64; epoch++) pen.nextEpoch();
    pen.get("A", 1, null);
  }),

  atOnce("R.fid", "an unknown function", "app_failure", (pen) =>
    pen.entry({ type: "RunApp", function: 4, payload: new Uint8Array(4) }),
  ),
  atOnce("R.consume", "a put whose key is cut short", "app_failure", (pen) =>
    pen.entry({ type: "RunApp", function: 1, payload: Uint8Array.of(0, 1, 0, 0, 0, 9, 65) }),
  ),
  atOnce("R.consume", "a request flag of 2", "app_failure", (pen) =>
    pen.entry({ type: "RunApp", function: 0, payload: Uint8Array.of(2, 1, 0, 0, 65) }),
  ),
  atOnce("R.consume", "two slots for a function of one", "app_failure", (pen) =>
    pen.entry({ type: "RunApp", function: 0, payload: Uint8Array.of(0, 2, 0, 0, 0, 1, 65) }),
  ),
  atOnce("R.consume", "a transaction with a slot too few", "app_failure", (pen) => {
    const payload = Uint8Array.of(0, 1, 0, 0, 2, 0, 1, 65, 0, 0, 0, 1, 66, 0, 0);
    pen.entry({ type: "RunApp", function: 3, payload });
  }),
  atOnce("R.slot", "a transaction on an empty slot", "app_failure", (pen) =>
    pen.transact([{ leaf: "A", slot: 1 }], DONE),
  ),
  atOnce("R.app", "a transaction on the root", "app_failure", (pen) =>
    pen.transact([{ leaf: "A", slot: 0 }], DONE),
  ),
  atOnce("R.slot", "a call on an empty slot", "app_failure", (pen) => pen.get("A", 1, null)),
  atOnce("L.memory", "a value that does not fit, put", "entry_failure", (pen) =>
    pen.addM(app("A", null), 1, 0).put("A", new Uint8Array(TOO_LONG), 1, false),
  ),
  atOnce(
    "L.memory",
    "two values of a transaction that do not fit together",
    "entry_failure",
    (pen) => {
      const write = { put: new Uint8Array(65) };
      pen.addM(app("A", null), 1, 0).addM(app("C", null), 2, 0);
      pen.transact(
        [
          { leaf: "A", slot: 1, write },
          { leaf: "C", slot: 2, write },
        ],
        DONE,
      );
    },
  ),
  atOnce("L.memory", "a cold value that does not fit any more", "entry_failure", (pen) => {
    const value = "x".repeat(100);
    pen.addM(app("A", null), 1, 0).put("A", value, 1, false).evictM(1, 0);
    pen.addM(app("C", null), 2, 0).put("C", "c", 2, false).addM(app("A", value), 1, 0);
  }),
  atOnce("L.memory", "a value that does not fit, added", "entry_failure", (pen) =>
    pen.addB(
      { kind: "app", key: new Uint8Array(32), value: new Uint8Array(TOO_LONG) },
      1,
      [0, 1],
      0,
    ),
  ),
];
