// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { assert } from "@zeta/protocol/error";
import { seededRandom } from "../ycsb/random.ts";

/** Operations in one frame: calls of some tens of microseconds, short enough for the engine to optimise the module early. */
const FRAME_OPERATIONS = 1000;

const TAG = {
  addM: 0,
  addB: 1,
  evictM: 2,
  evictB: 3,
  evictBM: 4,
  nextEpoch: 5,
  verifyEpoch: 6,
  runApp: 7,
} as const;
const VGET = 0;
const VPUT = 1;
const RUN_APP_PAYLOAD_BYTES = 18;
const DATA_DEPTH = 256;
const ROOT_SLOT = 0;

/** `deferred`: a record visits a slot for each call. `slots`: all records stay in slots. */
export type Kv64Placement = "deferred" | "slots";

/**
 * Writes an honest log of profile `kv64` for one thread: `records` records with the keys 0.. (identity key hash), read and written
 * uniformly at random. It knows just enough of PROTOCOL §10 for that, and is not a store.
 */
export class Kv64Log {
  readonly #placement: Kv64Placement;
  readonly #random;
  readonly #values: Uint32Array;
  readonly #times: Uint32Array;
  /** Placement `slots`: where each record is. */
  readonly #slots: Uint16Array;
  readonly #writer = new ByteWriter(1 << 17);
  #freeSlot = ROOT_SLOT + 1;
  #epoch = 0;
  #counter = 0;

  constructor(records: number, placement: Kv64Placement, seed: number) {
    this.#placement = placement;
    this.#random = seededRandom(seed);
    this.#values = new Uint32Array(records);
    this.#times = new Uint32Array(records);
    this.#slots = new Uint16Array(records);
  }

  /** The epoch that operations run in now. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Slots this log needs. Data that stay in slots need their inner nodes there too: one less than records. */
  static slotsNeeded(records: number, placement: Kv64Placement): number {
    return placement === "slots" ? 2 * records : 64;
  }

  #frame(): Uint8Array {
    const bytes = this.#writer.toBytes();
    this.#writer.clear();
    return bytes;
  }

  /** Creates every record under the root, each with a value. Epoch 0. */
  setUp(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    const keys = Array.from({ length: this.#values.length }, (_, key) => key);
    for (const side of [0, 1]) {
      this.#attach(
        keys.filter((key) => (key & 1) === side),
        ROOT_SLOT,
        1,
        frames,
      );
    }
    frames.push(this.#frame());
    return frames.filter((frame) => frame.length > 0);
  }

  /** Adds the records `keys`, which agree in their first `depth` bits, below the node in slot `parent`. */
  #attach(keys: readonly number[], parent: number, depth: number, frames: Uint8Array[]): void {
    const [first] = keys;
    if (first === undefined) return;
    if (keys.length === 1) {
      this.#createRecord(first, parent);
    } else {
      let branch = depth;
      while (keys.every((key) => ((key ^ first) >>> branch) % 2 === 0)) branch++;
      const slot = this.#freeSlot++;
      this.#addInternal(first % 2 ** branch, branch, slot, parent);
      for (const side of [0, 1]) {
        const below = keys.filter((key) => ((key >>> branch) & 1) === side);
        this.#attach(below, slot, branch + 1, frames);
      }
      if (this.#placement === "deferred") {
        this.#writer.u8(TAG.evictM).u16(slot).u16(parent);
        this.#freeSlot--;
      }
    }
    if (this.#writer.length > 1 << 16) frames.push(this.#frame());
  }

  #baseKey(bits: number, depth: number): void {
    for (let word = 0; word < 7; word++) this.#writer.u32(0);
    this.#writer.u32(bits).u16(depth);
  }

  #addInternal(bits: number, depth: number, slot: number, parent: number): void {
    assert(depth < DATA_DEPTH, "an inner node above the data");
    this.#writer.u8(TAG.addM).u8(0);
    this.#baseKey(bits, depth);
    this.#writer.u8(0).u8(0).u16(slot).u16(parent);
  }

  #createRecord(key: number, parent: number): void {
    const slot = this.#freeSlot++;
    this.#writer.u8(TAG.addM).u8(1).u32(0).u32(key).u8(0).u16(slot).u16(parent);
    this.#values[key] = this.#random.u32();
    this.#call(VPUT, key, slot);
    if (this.#placement === "slots") {
      this.#slots[key] = slot;
      return;
    }
    this.#writer.u8(TAG.evictBM).u16(slot).u16(parent);
    this.#stampEvict(key);
    this.#freeSlot--;
  }

  #call(functionNumber: number, key: number, slot: number): void {
    this.#writer.u8(TAG.runApp).u8(functionNumber).u32(RUN_APP_PAYLOAD_BYTES);
    this.#writer
      .u32(0)
      .u32(key)
      .u32(0)
      .u32(this.#values[key] ?? 0)
      .u16(slot);
  }

  /** A counter value per evict is later than the clock in any order of keys. */
  #stampEvict(key: number): void {
    this.#counter++;
    this.#times[key] = this.#counter;
    this.#writer.u32(this.#epoch).u32(this.#counter);
  }

  #addDeferred(key: number, slot: number, epoch: number): void {
    this.#writer
      .u8(TAG.addB)
      .u8(1)
      .u32(0)
      .u32(key)
      .u8(1)
      .u32(0)
      .u32(this.#values[key] ?? 0);
    this.#writer
      .u16(slot)
      .u32(epoch)
      .u32(this.#times[key] ?? 0)
      .u16(0);
  }

  #evictDeferred(key: number, slot: number): void {
    this.#writer.u8(TAG.evictB).u16(slot);
    this.#stampEvict(key);
  }

  /** `count` calls, half reads and half writes; with placement `deferred` each is AddB, RunApp, EvictB. */
  operations(count: number): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const key = this.#random.below(this.#values.length);
      const slot = this.#placement === "slots" ? (this.#slots[key] ?? 0) : this.#freeSlot;
      if (this.#placement === "deferred") this.#addDeferred(key, slot, this.#epoch);
      const functionNumber = this.#random.below(2) === 0 ? VGET : VPUT;
      if (functionNumber === VPUT) this.#values[key] = this.#random.u32();
      this.#call(functionNumber, key, slot);
      if (this.#placement === "deferred") this.#evictDeferred(key, slot);
      if ((i + 1) % FRAME_OPERATIONS === 0 || i + 1 === count) frames.push(this.#frame());
    }
    return frames;
  }

  /** Carries all deferred records over into the next epoch and commits the old one. */
  closeEpoch(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    const closing = this.#epoch;
    this.#writer.u8(TAG.nextEpoch);
    this.#epoch++;
    this.#counter = 0;
    for (let key = 0; this.#placement === "deferred" && key < this.#values.length; key++) {
      this.#addDeferred(key, this.#freeSlot, closing);
      this.#evictDeferred(key, this.#freeSlot);
      if (this.#writer.length > 1 << 16) frames.push(this.#frame());
    }
    this.#writer.u8(TAG.verifyEpoch);
    frames.push(this.#frame());
    return frames;
  }
}
