// SPDX-License-Identifier: Apache-2.0
import { type Attack, attack, attack64 } from "@zeta/monitor/test/attacks/attack";
import { type Kv64Script, record64 } from "@zeta/monitor/test/support/kv64-script";
import { app, described, leafKey, node } from "@zeta/monitor/test/support/script";
import { direction } from "@zeta/protocol/base-key";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { COUNTER_MAX, EPOCH_MAX } from "@zeta/protocol/timestamp";

/** Notes in the history that a vput was done; the log itself does not say what was there before. */
function toldPut(script: Kv64Script, key: number, value: number, existed: boolean): void {
  const u64 = (n: number) => new ByteWriter().u64(BigInt(n)).toBytes();
  const operation = { operation: "put", key: u64(key), value: u64(value) } as const;
  script.history.push({ thread: 0, operation, result: { existed }, leaf: new Uint8Array(0) });
}

/** The leaf that E.ptr's attack makes the tree forget: B lies below node "00", and node "0" in its disguise knows nothing of the other side. */
const LOST = direction(leafKey("B"), 2) === 0 ? "A" : "B";

/** A node that knows of B and of nothing else, on the side where B lies below node "00". */
function knowingB(path: string) {
  const below = described("B", LOST === "B" ? "v1" : null);
  return LOST === "A" ? node(path, below) : node(path, null, below);
}

/** A pair of elements in epoch 0, so that profile kv64 keeps a cell for it. */
function touchEpoch0(script: Kv64Script): void {
  script.on(0).addM(record64(1, null), 1, 0).evictBM(1, 0, [0, 1]);
  script.on(0).addB(record64(1, null), 1, [0, 1], 0);
}

/**
 * Attacks on the WebAssembly monitor alone. The reference monitor cannot lose these checks without losing the entry's meaning, or it loses
 * them in another way than this code would.
 */
export const EXTRA_ATTACKS: readonly Attack[] = [
  attack("M.parent", "a slot's former node admits a record again", "M.parent", (script) => {
    script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).evictM(2, 1).evictM(1, 0);
    script
      .on(0)
      .addM(node("0", null, described("A", null)), 3, 0)
      .addM(app("A", null), 4, 3);
    // Slot 1 is empty, but what was there still lies in memory.
    script.on(0).addM(app("A", null), 5, 1).put("A", "v1", 4, false).get("A", 5, null);
    script.closeEpoch();
  }),

  attack("E.slots", "an empty slot is evicted once more: a rollback", "E.slots", (script) => {
    script.on(0).addM(app("A", null), 1, 0).evictM(1, 0);
    script.on(0).addM(app("A", null), 2, 0).put("A", "v2", 2, false).evictM(2, 0).evictM(1, 0);
    script.on(0).addM(app("A", null), 3, 0).get("A", 3, null);
    script.closeEpoch();
  }),

  attack(
    "E.ptr",
    "a node evicted past its parent lends its hash to the parent",
    "E.ptr",
    (script) => {
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).addM(app("B", null), 3, 1);
      script.on(0).addM(node("00"), 4, 1);
      script.on(0).put(LOST, "v1", LOST === "A" ? 2 : 3, false);
      script.on(0).evictM(2, 1).evictM(3, 4).evictBM(4, 1, [0, 1]).evictM(1, 0);
      script.on(0).addB(knowingB("00"), 4, [0, 1], 0).evictM(4, 0);
      script.on(0).addM(knowingB("0"), 1, 0).addM(app(LOST, null), 2, 1).get(LOST, 2, null);
      script.closeEpoch();
    },
  ),

  attack(
    "V.slot",
    "an empty slot is evicted once more: two copies of a node, each with the tree below it",
    "V.slot",
    (script) => {
      const parent = node("0", null, described("A", null));
      script.on(0).addM(node("0"), 1, 0).addM(app("A", null), 2, 1).evictM(2, 1);
      script.on(0).evictBM(1, 0, [0, 1]).addB(parent, 1, [0, 1], 0);
      script.on(0).evictB(1, [0, 5]).evictB(1, [0, 6]);
      script.on(0).addB(parent, 1, [0, 5], 0).addM(app("A", null), 2, 1);
      script.on(0).addB(parent, 3, [0, 6], 0).addM(app("A", null), 4, 3);
      script.on(0).put("A", "v1", 2, false).get("A", 4, null);
      script.closeEpoch();
    },
  ),

  attack64("C.ovf", "the add of the last possible time moves no clock", "C.ovf", (script) => {
    touchEpoch0(script);
    script.on(0).addB(record64(2, 5), 2, [EPOCH_MAX, COUNTER_MAX], 0).vget(2, 5, 2);
    script.closeEpoch();
  }),

  attack64("C.ovf", "NextEpoch after the last one: time begins again", "C.ovf", (script) => {
    script.on(0).addM(record64(1, null), 1, 0).addB(record64(2, 5), 2, [0, 5], 0).vget(2, 5, 2);
    script.on(0).evictBM(1, 0, [EPOCH_MAX, 1]).nextEpoch().evictB(2, [0, 5]);
    script.closeEpoch();
  }),

  attack64("T.ring", "an epoch's cell is used by another epoch", "T.ring", (script) => {
    // Epoch 64 takes the cell of epoch 0, and its forged add with it.
    script.on(0).addB(record64(2, 5), 1, [0, 1], 0).vget(2, 5, 1).evictB(1, [64, 1]);
    script.on(0).addB(record64(2, 5), 1, [64, 1], 0).verifyEpoch();
  }),

  attack(
    "P.once",
    "a thread gives its share twice, which cancels it",
    "P.clock",
    (script) => {
      script.on(0).addB(app("A", "forged"), 1, [0, 1], 0).get("A", 1, "forged").evictB(1, [0, 5]);
      script.on(0).nextEpoch().verifyEpoch().verifyEpoch();
      script.on(1).nextEpoch().verifyEpoch();
    },
    { threads: 2, also: ["H.add"] },
  ),

  attack(
    "G.linear",
    "two records swap their values in deferred memory",
    "A.hash",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).addM(app("C", null), 2, 0);
      script.on(0).put("A", "v1", 1, false).put("C", "v2", 2, false);
      script.on(0).evictBM(1, 0, [0, 1]).evictBM(2, 0, [0, 2]);
      script.on(0).addB(app("A", "v2"), 1, [0, 1], 0).addB(app("C", "v1"), 2, [0, 2], 0);
      script.on(0).get("A", 1, "v2").get("C", 2, "v1");
      script.closeEpoch();
    },
    { also: ["H.add"] },
  ),

  attack(
    "R.slot",
    "a call reads what a slot held before",
    "R.slot",
    (script) => {
      script.on(0).addM(app("A", null), 1, 0).evictM(1, 0).addM(app("A", null), 2, 0);
      script.on(0).put("A", "v1", 2, false).get("A", 1, null);
      script.closeEpoch();
    },
    { also: ["R.app"] },
  ),

  attack64("R.app", "a node's slot passes for the record read before it", "R.app", (script) => {
    script.on(0).addM(record64(2, null), 1, 0).vput(2, 7, 1);
    toldPut(script, 2, 7, false);
    // Nodes do not fill the whole slot: key and value of the last application record stay.
    script.on(0).addM(node("0"), 2, 0).vput(2, 5, 2);
    toldPut(script, 2, 5, true);
    script.on(0).vget(2, 7, 1);
    script.closeEpoch();
  }),
];
