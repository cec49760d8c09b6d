// SPDX-License-Identifier: Apache-2.0
/** The module of profile `kv64`: operations on keys and values of 64 bits, in batches. */
import { runBatch } from "./batch";
import { flagsOf, placeOf } from "./element";
import { find } from "./key-index";
import { BATCH, BATCH_KINDS, IN_SLOT, PRESENT, VALUE } from "./layout";
import { evict } from "./placement";

export * from "./index";

/** Runs operations from..to-1 of the batch; returns the first that was not run. */
export function run(from: u32, to: u32): u32 {
  return runBatch(from, to);
}

export function batchAddress(): usize {
  return BATCH;
}

export function kindsAddress(): usize {
  return BATCH_KINDS;
}

// ---- For a host that lies, and for tests -------------------------------------------------------------------------------------------

/** Moves a key's record honestly out of its slot; returns its address, 0 if there is none. Its value stands at +8. */
export function expel(key: u64): usize {
  const record = find(key);
  if (record != 0 && placeOf(record) == IN_SLOT) evict(record);
  return record;
}

/** Address of the value stored for a key, 0 if it has none. */
export function valueAddress(key: u64): usize {
  const record = find(key);
  return record != 0 && (flagsOf(record) & PRESENT) != 0 ? record + VALUE : 0;
}
