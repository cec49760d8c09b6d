// SPDX-License-Identifier: Apache-2.0
import { type RulePatches, source } from "./rule.ts";

const bytes = source("assembly/app-bytes.ts");
const transact = source("assembly/app-transact.ts");
const records = source("assembly/call-records.ts");
const kv64 = source("assembly/app-kv64.ts");
const receipts = source("assembly/receipts.ts");

/** Rules of RunApp and of receipts. */
export const CALLS: RulePatches = {
  "R.fid": [
    bytes.without("if (functionId > TRANSACT) return refuseCall(R_fid);"),
    kv64.without("if (functionId > VPUT) return refuseCall(R_fid);"),
  ],
  "R.consume": [
    bytes.without("if (!parsePayload(payload, length)) return refuseCall(R_consume);"),
    bytes.without("if (!parseArgument(functionId)) return refuseCall(R_consume);"),
    bytes.without("if (slotsOfCall != ARITY) return refuseCall(R_consume);"),
    transact.without("if (!parseItems()) return refuseCall(R_consume);"),
    kv64.without("if (length != PAYLOAD_BYTES) return refuseCall(R_consume);"),
  ],
  "R.slot": [
    records.without("if (!isUsed(load<u32>(CALL_SLOTS + 4 * i))) return R_slot;"),
    kv64.without("if (!isUsed(s)) return refuseCall(R_slot);"),
  ],
  "R.app": [
    records.without(
      "if (kindOf(slotAt(load<u32>(CALL_SLOTS + 4 * i))) != KIND_APPLICATION) return R_app;",
    ),
    kv64.without("if (kindOf(slot) != KIND_APPLICATION) return refuseCall(R_app);"),
  ],
  "R.distinct": [
    records.without("if (a == b || sameKey(slotAt(a), slotAt(b))) return R_distinct;"),
  ],
  "R.key": [
    bytes.without("if (!holdsKey(slot, key, keyBytes)) return refuseCall(R_key);"),
    transact.without("if (!isNamed(i)) return refuseCall(R_key);"),
    kv64.without("if (load<u64>(payload) != load<u64>(slot, KV64_KEY)) return refuseCall(R_key);"),
  ],
  "R.fail": [kv64.without("return refuseCall(R_fail);")],
  // The leaf would name the thread's first epoch, whatever its clock says.
  "S.epoch": [receipts.change("at = writeU32(at, epochOf(clock));", "at = writeU32(at, 0);")],
  "S.nonce": [receipts.without("v128.store(LEAF_INPUT, v128.load(requestId));")],
};
