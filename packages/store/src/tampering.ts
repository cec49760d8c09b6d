// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { nameOf } from "./record-index.ts";
import type { StoreWorker } from "./store-worker.ts";

/**
 * What a dishonest host does to its own memory. Nothing here writes a log entry that the store
 * would not write anyway.
 */

/** The value stored for a key now, null if it is absent. */
export function peek(store: StoreWorker, key: Uint8Array): Uint8Array | null {
  return store.index.find(nameOf(key))?.value?.slice() ?? null;
}

/**
 * Changes a stored value underneath: the record leaves its slot honestly, then its bytes are
 * replaced.
 *
 * @returns Where the record lies now, or null if the store knows no such record. Whatever touches
 * it next gives the change away: out of the tree the monitor refuses it (M.hash), out of deferred
 * memory its epoch does not balance (A.hash).
 */
export function overwriteValue(
  store: StoreWorker,
  key: Uint8Array,
  value: Uint8Array,
): "deferred" | "merkle" | null {
  const record = store.index.find(nameOf(key));
  if (record === null) return null;
  if (record.place === "slot") store.placement.evict(record);
  assert(record.place !== "slot", "a record outside the slots");
  record.value = value.slice();
  record.hashIsCurrent = false;
  return record.place;
}
