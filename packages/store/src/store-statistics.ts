// SPDX-License-Identifier: Apache-2.0
import { CELL_BYTES } from "./limits.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** Numbers of records, nodes, slots and cells, as they are now. */
export interface StoreStatistics {
  /** Records in slots, in deferred memory and in the tree. */
  readonly hot: number;
  readonly warm: number;
  readonly cold: number;
  /** Nodes of the tree, wherever they are. */
  readonly nodes: number;
  readonly nodesHot: number;
  readonly nodesWarm: number;
  readonly nodesCold: number;
  readonly slotsUsed: number;
  /** In the monitor's value memory. */
  readonly valueBytesUsed: number;
  /** In this store's own memory: blocks that hold values. */
  readonly heapBytesUsed: number;
  readonly calls: number;
  readonly logBytes: number;
}

/** What a module of either profile counts. */
interface RecordCounts {
  recordCount(): number;
  hotRecords(): number;
  deferredRecords(): number;
}

/** Where the records are; counting what is deferred walks over all elements. */
export function recordStatistics(
  counts: RecordCounts,
): Pick<StoreStatistics, "hot" | "warm" | "cold"> {
  const hot = counts.hotRecords();
  const warm = counts.deferredRecords();
  return { hot, warm, cold: counts.recordCount() - hot - warm };
}

/** What there is now, and where. */
export function elementStatistics({
  exports,
}: BytesStore): Omit<StoreStatistics, "calls" | "logBytes"> {
  const records = recordStatistics(exports);
  const nodes = exports.nodeCount();
  const slotsUsed = exports.usedSlots();
  const nodesWarm = exports.deferredNodes();
  return {
    ...records,
    nodes,
    nodesHot: slotsUsed - records.hot,
    nodesWarm,
    nodesCold: nodes - nodesWarm - (slotsUsed - records.hot),
    slotsUsed,
    valueBytesUsed: exports.cellsInUse() * CELL_BYTES,
    heapBytesUsed: exports.heapBytes(),
  };
}
