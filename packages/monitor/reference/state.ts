// SPDX-License-Identifier: Apache-2.0
import { type BaseKey, type Direction, ROOT } from "@zeta/protocol/base-key";
import { type Descriptor, withDescriptor, type ZetaRecord } from "@zeta/protocol/record";
import { decodeRootValue, EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import type { Timestamp } from "@zeta/protocol/timestamp";
import type { MonitorThreadOptions } from "../src/verdict.ts";
import { baseKeyOf, type Lowering } from "./base-key.ts";
import { Epochs } from "./open-epochs.ts";
import { type RuleId, Rules } from "./rules.ts";

/** Where an entry of the store hangs: under which slot, on which side. */
export interface Place {
  readonly slot: number;
  readonly direction: Direction;
}

/** A record in a slot of protected memory (PROTOCOL §3). */
export interface Entry {
  record: ZetaRecord;
  /** How it came in: from the Merkle tree or from deferred memory. */
  readonly method: "M" | "B";
  /** Slots of the records that were added from this entry's descriptors and are still here. */
  readonly children: [number | null, number | null];
  parent: Place | null;
}

/** The private state of one monitor thread. */
export class ThreadState {
  readonly options: MonitorThreadOptions;
  readonly rules: Rules;
  readonly slots = new Map<number, Entry>();
  readonly epochs: Epochs;
  clock: Timestamp;
  /** The key of the last evict into deferred memory: breaks ties between equal timestamps. */
  lastEvicted: BaseKey = ROOT;
  /** The last epoch this thread has committed. */
  lastVerified: number | null;

  constructor(options: MonitorThreadOptions, disabled: readonly RuleId[]) {
    this.options = options;
    this.rules = new Rules(disabled);
    this.epochs = new Epochs(options.profile);
    const { epoch, root } = options.start ?? { epoch: 0, root: EMPTY_ROOT_VALUE };
    this.clock = { epoch, counter: 0 };
    this.lastVerified = epoch === 0 ? null : epoch - 1;
    const value = decodeRootValue(root);
    if (options.id === 0) {
      const record = { kind: "internal", key: ROOT, value } as const;
      this.slots.set(0, { record, method: "M", children: [null, null], parent: null });
    }
  }

  baseKey(record: ZetaRecord): BaseKey {
    return baseKeyOf(record, this.#lowering());
  }

  #lowering(): Lowering {
    if (!this.rules.does("K.inj")) return "weak";
    if (this.options.profile === "bytes") return "digest";
    return this.options.keyHash ?? "identity";
  }

  isSlot(slot: number): boolean {
    return slot < this.options.slots;
  }

  /**
   * L.memory: is there room for values, once others are gone? Values take whole cells of 64 bytes,
   * so this is no part of the protocol but of the agreement between the two monitors; profile
   * `kv64` has no cap.
   */
  hasRoomFor(values: Values, released: Values): boolean {
    const { profile, valueMemoryBytes } = this.options;
    if (profile === "kv64" || valueMemoryBytes === undefined) return true;
    let cells = cellsOf(values) - cellsOf(released);
    for (const { record } of this.slots.values()) {
      if (record.kind === "app") cells += cellsOf([record.value]);
    }
    return cells <= Math.floor(valueMemoryBytes / VALUE_CELL_BYTES);
  }
}

const VALUE_CELL_BYTES = 64;

type Values = readonly (Uint8Array | null)[];

function cellsOf(values: Values): number {
  return values.reduce(
    (cells, value) => cells + Math.ceil((value?.length ?? 0) / VALUE_CELL_BYTES),
    0,
  );
}

/** The descriptor of an internal record on one side; application records have none. */
export function descriptorOf(record: ZetaRecord, direction: Direction): Descriptor | null {
  return record.kind === "internal" ? record.value[direction] : null;
}

/** Replaces one descriptor of an internal record. */
export function setDescriptor(entry: Entry, direction: Direction, descriptor: Descriptor): void {
  const { record } = entry;
  if (record.kind !== "internal") throw new Error("only internal records have descriptors");
  entry.record = { ...record, value: withDescriptor(record.value, direction, descriptor) };
}
