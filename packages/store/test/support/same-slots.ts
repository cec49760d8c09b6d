// SPDX-License-Identifier: Apache-2.0
import type { MonitorThread, SlotView } from "@zeta/monitor/verdict";
import { expect } from "vitest";
import { type Element, TreeNode } from "../../src/element.ts";
import { MERKLE_VALUE_BYTES_MAX, putMerkleValue } from "../../src/merkle-value-bytes.ts";
import { StoredRecord } from "../../src/record.ts";

/** The mirror is exact: every slot of the monitor holds what the store believes, and no other slot is used. */
export function expectSameSlots(anyElement: Element, thread: MonitorThread, slots: number): void {
  const believed = new Map<number, SlotView>();
  for (const element of allElements(anyElement)) {
    if (element.place === "slot") believed.set(element.slot, viewOf(element));
    else expect(element.slot).toBe(-1);
  }
  for (let slot = 0; slot < slots; slot++) {
    expect(comparable(thread.slot(slot))).toEqual(comparable(believed.get(slot) ?? null));
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

function allElements(anyElement: Element): Element[] {
  let root = anyElement;
  while (root.parent !== null) root = root.parent;
  const found = [root];
  for (const element of found) {
    if (!(element instanceof TreeNode)) continue;
    for (const child of [element.left, element.right]) {
      if (child === null) continue;
      expect(child.parent).toBe(element);
      found.push(child);
    }
  }
  return found;
}

function viewOf(element: Element): SlotView {
  const { depth, bits, parent, linked } = element;
  const children =
    element instanceof TreeNode
      ? ([linkedSlot(element.left), linkedSlot(element.right)] as const)
      : ([null, null] as const);
  return {
    depth,
    key: bits,
    method: linked || parent === null ? "M" : "B",
    value: valueBytes(element),
    children,
    parent:
      parent !== null && linked
        ? { slot: parent.slot, direction: parent.left === element ? 0 : 1 }
        : null,
  };
}

function linkedSlot(child: Element | null): number | null {
  return child?.linked ? child.slot : null;
}

function valueBytes(element: Element): Uint8Array {
  if (element instanceof StoredRecord) {
    const { value } = element;
    if (value === null) return Uint8Array.of(0);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, value.length);
    return Uint8Array.of(1, ...length, ...value);
  }
  const bytes = new Uint8Array(MERKLE_VALUE_BYTES_MAX);
  return bytes.subarray(0, putMerkleValue(bytes, 0, element as TreeNode));
}
