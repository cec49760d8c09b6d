// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { DEMOTIONS_MAX, type PlacementPolicy } from "../placement-policy.ts";
import type { BytesExports } from "./bytes-exports.ts";
import type { StoreShare } from "./share-out.ts";
import { storeModule } from "./store-module.ts";
import { webAssembly } from "./webassembly.ts";

/** The numbers of `assembly/policy.ts`. */
const PLACEMENTS = { hybrid: 0, merkle: 1, deferred: 3 } as const;

/** A close demotes in rounds of as many as the module can put in order; `assembly/profile.ts` has the same number. */
const ROUND = 2 ** 18;

/** A time has the epoch above 32 bits of counter. */
const EPOCH_BITS = 32n;

export interface BytesStoreOptions {
  readonly slots: number;
  /** Cells of the monitor's value memory. */
  readonly valueCells: number;
  readonly recordsMax: number;
  readonly epochCounterMax: number;
  readonly policy: PlacementPolicy;
  /** The keys of this worker, if there are several. Default: all. */
  readonly share?: StoreShare;
  /** The epoch in which a store that has all keys, or begins at rest, begins. */
  readonly firstEpoch: number;
  /** The nodes of this worker's groups are with thread 0 at the start: {@link BytesStore.adopt}. */
  readonly startsAtRest: boolean;
}

/** An instance of the module with its memory: what is read and written there, and the log that comes out. */
export class BytesStore {
  readonly exports: BytesExports;
  #memory: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #frames: Uint8Array<ArrayBuffer>[] = [];
  #framedBytes = 0;

  /** @throws ZetaError `store_options` if the records do not fit into memory. */
  constructor(options: BytesStoreOptions) {
    const { slots, recordsMax, epochCounterMax, valueCells, policy } = options;
    const { share, firstEpoch, startsAtRest } = options;
    const instance = new webAssembly.Instance(storeModule("bytes"), {});
    this.exports = instance.exports as BytesExports;
    const placement = PLACEMENTS[policy.placement];
    const started = this.exports.init(
      slots,
      recordsMax,
      placement,
      epochCounterMax,
      share?.thread ?? 0,
      share?.groupBits ?? 0,
      valueCells,
    );
    if (started !== 1) {
      throw new ZetaError(
        "store_options",
        `expected records that fit into 4 GiB of memory, got ${recordsMax}`,
      );
    }
    this.#memory = new Uint8Array(this.exports.memory.buffer);
    this.#view = new DataView(this.exports.memory.buffer);
    this.setPolicy(policy);
    if (share !== undefined && !startsAtRest) {
      if (share.thread === 0) this.exports.begin(BigInt(share.beginsAt));
      for (const { group, time } of share.groups) this.adopt(group, BigInt(time));
      return;
    }
    this.exports.begin(BigInt(firstEpoch) << EPOCH_BITS);
    for (const { group } of share?.groups ?? []) this.exports.own(group);
  }

  /** Takes the node of a group from thread 0. The log of it is drained with that of the first calls, or of the first close. */
  adopt(group: number, time: bigint): void {
    if (this.exports.hasRoom() !== 1) this.takeFrames();
    assert(this.exports.adopt(group, time) === 1, "a slot for each group");
  }

  /** The value of a group's node, as the monitor has it. */
  topValue(group: number): Uint8Array<ArrayBuffer> {
    const at = this.exports.requestsAddress();
    const length = this.exports.topValue(group);
    return this.memory.slice(at, at + length);
  }

  /** How warm things stay, from the next epoch's close on. The placement stays what it was. */
  setPolicy({ recordEpochs, nodeEpochs, demotionsPerEpochMax }: PlacementPolicy): void {
    assert(
      demotionsPerEpochMax <= DEMOTIONS_MAX,
      `at most ${DEMOTIONS_MAX} demotions, got ${demotionsPerEpochMax}`,
    );
    this.exports.setPolicy(recordEpochs, nodeEpochs, demotionsPerEpochMax, ROUND);
  }

  /** The module's memory. Growing it detaches the buffer, so nobody may keep this. */
  get memory(): Uint8Array<ArrayBuffer> {
    if (this.#memory.length === 0) this.#refresh();
    return this.#memory;
  }

  /** The same memory, for numbers. */
  get view(): DataView {
    if (this.#memory.length === 0) this.#refresh();
    return this.#view;
  }

  #refresh(): void {
    this.#memory = new Uint8Array(this.exports.memory.buffer);
    this.#view = new DataView(this.exports.memory.buffer);
  }

  /** A copy of the value of record `i` of those just looked up; null: it has none. */
  valueAt(i: number): Uint8Array | null {
    const at = this.exports.valuesAddress() + 8 * i;
    const address = this.view.getUint32(at, true);
    if (address === 0) return null;
    return this.memory.slice(address, address + this.view.getUint32(at + 4, true));
  }

  /** Log bytes not yet drained. */
  get pendingBytes(): number {
    return this.#framedBytes + this.exports.logBytes();
  }

  /** Takes everything logged since the last call, as frames that nobody else holds. */
  drain(): Uint8Array[] {
    this.takeFrames();
    const frames = this.#frames;
    this.#frames = [];
    this.#framedBytes = 0;
    return frames;
  }

  /** Copies the log out of the module, so that there is room for more. */
  takeFrames(): void {
    const { exports } = this;
    const count = exports.frames();
    const log = exports.logAddress();
    const ends = exports.frameEndsAddress();
    let from = 0;
    for (let i = 0; i < count; i++) {
      const end = this.view.getUint32(ends + 4 * i, true);
      this.#frames.push(this.memory.slice(log + from, log + end));
      from = end;
    }
    this.#framedBytes += from;
    exports.takeLog();
  }
}
