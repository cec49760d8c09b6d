// SPDX-License-Identifier: Apache-2.0
import type { MonitorThread, SlotView } from "@zeta/monitor/verdict";
import { expect } from "vitest";
import type { BytesStore } from "../../src/wasm/bytes-store.ts";

const NO_SLOT = 0xffff;
/** Of `assembly/inspect.ts`: slots of children and parent, side, is linked; then u256 and u16 depth. */
const HEAD_BYTES = 8;
const KEY_BYTES = 34;

/** The mirror is exact: every slot of the monitor holds what the store believes, and no other slot is used. */
export function expectSameSlots(store: BytesStore, thread: MonitorThread, slots: number): void {
  for (let slot = 0; slot < slots; slot++) {
    expect(comparable(thread.slot(slot))).toEqual(comparable(believed(store, slot)));
  }
}

function comparable(view: SlotView | null): unknown {
  if (view === null) return null;
  const { key, value } = view;
  return {
    ...view,
    key: Buffer.from(key).toString("hex"),
    value: Buffer.from(value).toString("hex"),
  };
}

function believed(store: BytesStore, slot: number): SlotView | null {
  const length = store.exports.describe(slot);
  if (length === 0) return null;
  const at = store.exports.requestsAddress();
  const bytes = store.memory.slice(at, at + length);
  const view = new DataView(bytes.buffer);
  const parent = slotOrNull(view.getUint16(4, true));
  return {
    depth: view.getUint16(HEAD_BYTES + 32),
    key: bytes.subarray(HEAD_BYTES, HEAD_BYTES + 32),
    method: bytes[7] === 1 ? "M" : "B",
    value: bytes.subarray(HEAD_BYTES + KEY_BYTES),
    children: [slotOrNull(view.getUint16(0, true)), slotOrNull(view.getUint16(2, true))],
    parent: parent === null ? null : { slot: parent, direction: bytes[6] === 0 ? 0 : 1 },
  };
}

function slotOrNull(slot: number): number | null {
  return slot === NO_SLOT ? null : slot;
}
