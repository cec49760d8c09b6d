// SPDX-License-Identifier: Apache-2.0
import type { BaseKey, Direction } from "@zeta/protocol/base-key";

/**
 * Where the one valid copy of a record is (PROTOCOL §1): every record is in exactly one place at a
 * time.
 */
export type Place = "slot" | "deferred" | "merkle";

export const NO_SLOT = -1;

/**
 * What the store keeps of anything the monitor can hold in a slot: an application's record or a
 * node of the tree. The fields mirror the monitor's state; whoever changes one writes the log entry
 * that changes the other.
 */
export abstract class Element implements BaseKey {
  abstract readonly kind: "record" | "node";
  readonly depth: number;
  readonly bits: Uint8Array;

  /**
   * The node whose descriptor names this element (its proving ancestor); null only for the root.
   */
  parent: TreeNode | null = null;
  /**
   * The hash in the parent's descriptor; null stands for the 32 zero bytes of a record that never
   * was in the tree.
   */
  hash: Uint8Array | null = null;
  /** Is `hash` the hash of the present value? Then EvictM needs no new one. */
  hashIsCurrent = false;
  /** The flag in the parent's descriptor. It stays set while a deferred record is in a slot. */
  inDeferred = false;

  place: Place = "merkle";
  slot = NO_SLOT;
  /** In a slot by AddM: the monitor has linked it to its parent, which cannot leave before it. */
  linked = false;

  /** Timestamp and thread of the last hand-over to deferred memory: AddB must repeat them. */
  epoch = 0;
  counter = 0;
  thread = 0;

  /** Epoch of the last call that needed this element: what is warm is decided by it. */
  lastAccess = 0;
  /** Brought in by the sweep at an epoch's end, not by a call: the first to leave again. */
  swept = false;
  /** While positive the element must stay in its slot. */
  pins = 0;
  /** The epoch in whose list of deferred elements this one stands already. */
  listedIn = -1;

  /** Links and second-chance bit of the eviction queue (slot-table.ts). */
  older: Element | null = null;
  newer: Element | null = null;
  queued = false;
  queuedAt = 0;
  referenced = false;

  constructor(key: BaseKey) {
    this.depth = key.depth;
    this.bits = key.bits;
  }

  /** 64-byte cells that the value takes in the monitor's memory. */
  abstract get cells(): number;
}

/**
 * An inner node of the sparse Merkle tree. A descriptor is not an object of its own: the child
 * carries the hash and the flag that its parent's descriptor holds, since exactly one descriptor
 * names it.
 */
export class TreeNode extends Element {
  override readonly kind = "node";
  left: Element | null = null;
  right: Element | null = null;
  /**
   * Children in slots that are linked to this node: while there are any it cannot leave its slot
   * (E.kids, V.kids).
   */
  linkedChildren = 0;

  child(side: Direction): Element | null {
    return side === 0 ? this.left : this.right;
  }

  setChild(side: Direction, child: Element): void {
    if (side === 0) this.left = child;
    else this.right = child;
    child.parent = this;
  }

  override get cells(): number {
    return 0;
  }
}
