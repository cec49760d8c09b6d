// SPDX-License-Identifier: Apache-2.0
import { readStored, type StoredRecord } from "./stored-record.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** The most that the module takes at once. */
const COUNT_MAX = 2 ** 31;

/** The next changed records, at most `max`; the module hands out what its buffer holds at a time (`assembly/changes.ts`). */
export function takeChanges(store: BytesStore, max: number): StoredRecord[] {
  const records: StoredRecord[] = [];
  while (records.length < max) {
    const some = takeSome(store, Math.min(max - records.length, COUNT_MAX));
    if (some.length === 0) break;
    for (const record of some) records.push(record);
  }
  return records;
}

function takeSome(store: BytesStore, max: number): StoredRecord[] {
  const bytes = store.exports.changes(max);
  const at = store.exports.resultsAddress();
  return readStored(store.memory.slice(at, at + bytes));
}
