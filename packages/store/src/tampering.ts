// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { StoreWorker } from "./store-worker.ts";

/**
 * What a dishonest host does to its own memory. Nothing here writes a log entry that the store
 * would not write anyway.
 */

/** The value stored for a key now, null if it is absent. */
export function peek(store: StoreWorker, key: Uint8Array): Uint8Array | null {
  lookUp(store, key);
  return store.wasm.valueAt(0);
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
  const place = expel(store, key);
  if (place === null) return null;
  const { exports } = store.wasm;
  const address = exports.forge(lookUp(store, key), value.length) >>> 0;
  assert(address !== 0, "memory for the forged value");
  store.wasm.memory.set(value, address);
  return place;
}

/** Moves a record out of its slot, as the store may at any time; returns where it is then, null if there is none. */
export function expel(store: StoreWorker, key: Uint8Array): "deferred" | "merkle" | null {
  const record = lookUp(store, key);
  if (record === 0) return null;
  return store.wasm.exports.expel(record) === 0 ? "merkle" : "deferred";
}

/** Address of the key's record, 0 if there is none. */
function lookUp(store: StoreWorker, key: Uint8Array): number {
  const { exports, memory, view } = store.wasm;
  const at = exports.requestsAddress();
  view.setUint32(at, key.length, true);
  memory.set(key, at + 4);
  exports.lookUp(1);
  return view.getUint32(exports.recordsAddress(), true);
}
