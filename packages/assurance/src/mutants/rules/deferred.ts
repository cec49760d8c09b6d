// SPDX-License-Identifier: Apache-2.0
import { type RulePatches, source } from "./rule.ts";

const deferred = source("assembly/deferred-ops.ts");
const epochs = source("assembly/epochs.ts");
const accumulator = source("assembly/accumulator.ts");
const setHash = source("assembly/set-hash.ts");
const aggregator = source("src/aggregator.ts");

/** Changes an element's bytes after they were written and before they are hashed. */
function elementWith(change: string) {
  return setHash.change(
    "countElement(accumulator);",
    `countElement(accumulator);
  const long = length > <u32>QUEUE_LANE_BYTES;
  const element = long ? SCRATCH : QUEUE_LANES + <usize>waiting * QUEUE_LANE_BYTES;
  ${change}`,
  );
}

/** Rules of AddB, EvictB, EvictBM and of the set hash. */
export const DEFERRED: RulePatches = {
  "B.bounds": [deferred.without("if (!isSlot(s)) return fail(B_bounds);")],
  "B.root": [deferred.without("if (depthOf(INCOMING) == 0) return fail(B_root);")],
  "B.slot": [deferred.without("if (kindOf(slot) != KIND_EMPTY) return fail(B_slot);")],
  "B.epoch": [deferred.without("if (<i64>epoch <= lastVerified) return fail(B_epoch);")],
  "B.clock": [deferred.change("if (time + 1 > clock) {", "if (false) {")],
  "B.lekreset": [
    deferred.change(
      "    setRoot(LAST_EVICTED);\n  }\n  install(slot, METHOD_B);",
      "  }\n  setRoot(LAST_EVICTED);\n  install(slot, METHOD_B);",
    ),
  ],
  "C.ovf": [
    deferred.without("if (counterOf(time) == COUNTER_MAX) return fail(C_ovf);"),
    epochs.without("if (epoch == EPOCH_MAX) return fail(C_ovf);"),
    epochs.without("if (lastVerified == <i64>EPOCH_MAX) return fail(C_ovf);"),
  ],
  "V.slot": [deferred.without("if (!isUsed(s)) return V_slot;")],
  "V.root": [deferred.without("if (depthOf(slot) == 0) return V_root;")],
  "V.time": [
    deferred.without("if (time < clock) return V_time;"),
    deferred.without("if (time == clock && !isSmaller(LAST_EVICTED, slot)) return V_time;"),
  ],
  "V.strict": [
    deferred.change(
      "time == clock && !isSmaller(LAST_EVICTED, slot)",
      "time == clock && isSmaller(slot, LAST_EVICTED)",
    ),
  ],
  "V.kids": [deferred.without("if (hasChildren(slot)) return V_kids;")],
  "V.badd": [deferred.without("if (methodOf(slot) != METHOD_B) return fail(V_badd);")],
  "V.clock": [deferred.without("setClock(time);\n  copyKey(LAST_EVICTED, slot);")],
  "W.slots": [deferred.without("if (s == p || !isUsed(p)) return fail(W_slots);")],
  "W.madd": [deferred.without("if (methodOf(slot) != METHOD_M) return fail(W_madd);")],
  "W.desc": [deferred.without("if (!isBelow(slot, parent)) return fail(W_desc);")],
  "W.ptr": [
    deferred.without(
      "if (!load<u8>(known, DESCRIPTOR_PRESENT) || !sameKey(known, slot)) return fail(W_ptr);",
    ),
  ],
  "W.blum": [deferred.without("if (load<u8>(known, DESCRIPTOR_IN_DEFERRED)) return fail(W_blum);")],
  "W.par": [deferred.without("if (!hangsUnder(slot, p, d)) return fail(W_par);")],
  "W.setB": [deferred.without("store<u8>(known, 1, DESCRIPTOR_IN_DEFERRED);")],

  // Elements of profile bytes: u8 kind, 32 bytes of key, u8 presence, u32 length, value; u32 epoch, u32 counter, u16 thread.
  "H.key": [elementWith("if (load<u8>(element) == 1) memory.fill(element + 1, 0, 32);")],
  "H.val": [
    elementWith(`if (load<u8>(element) == 1) {
    memory.copy(element + 33, element + length - 10, 10);
    memory.fill(element + 43, 0, length - 43);
    length = 43;
  }`),
  ],
  "H.ts": [elementWith("memory.fill(element + length - 10, 0, 8);")],
  "H.tid": [elementWith("memory.fill(element + length - 2, 0, 2);")],
  "H.epochOfT": [
    deferred.change(
      "const entry = epochEntry(epoch);",
      "const entry = epochEntry(epochOf(clock));",
    ),
  ],
  "H.count": [
    accumulator.change(
      "return load<u64>(accumulator, ACCUMULATOR_COUNT) != ELEMENTS_MAX;",
      "return true;",
    ),
    source("assembly/receipts.ts").change(
      "return load<u64>(entry, EPOCH_LEAF_COUNT) < LEAF_COUNT_MAX;",
      "return true;",
    ),
  ],
  // What the released monitor did: the sum is XOR ...
  "H.add": [
    accumulator.change(
      "i64x2.add(v128.load(accumulator), v128.load(digest))",
      "v128.xor(v128.load(accumulator), v128.load(digest))",
    ),
    accumulator.change(
      "i64x2.add(v128.load(accumulator, 16), v128.load(digest, 16))",
      "v128.xor(v128.load(accumulator, 16), v128.load(digest, 16))",
    ),
    aggregator.change(
      "(sum[lane] ?? 0n) + view.getBigUint64(8 * lane, true)",
      "(sum[lane] ?? 0n) ^ view.getBigUint64(8 * lane, true)",
    ),
  ],
  // ... and the hash of an element linear: here its blocks of 32 bytes, folded.
  "G.linear": [
    elementWith(`memory.fill(DIGEST, 0, 32);
  for (let i: usize = 0; i < <usize>length; i++) {
    const at = DIGEST + (i & 31);
    store<u8>(at, load<u8>(at) ^ load<u8>(element + i));
  }
  addDigest(accumulator, DIGEST);
  if (length > 0) return;`),
  ],
};
