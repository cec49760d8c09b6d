// SPDX-License-Identifier: Apache-2.0
import { restOf } from "@zeta/monitor/at-rest";
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { expect } from "vitest";
import { createReferenceThread } from "../../../monitor/reference/thread.ts";
import { type StoredRecord, StoreWorker } from "../../src/store-worker.ts";
import { Crown, type HandedTop } from "../../src/wasm/crown.ts";
import { KeyOwner } from "../../src/wasm/key-owner.ts";
import { shareOut } from "../../src/wasm/share-out.ts";
import type { MonitorKind } from "./monitors.ts";

const wasm = loadMonitorModule("bytes");
const SHAPE = { slots: 100, valueMemoryBytes: 16 << 20, recordsMax: 2000 } as const;

/** What is kept of a tree at rest. */
export interface Rested {
  readonly epoch: number;
  readonly rootValue: Uint8Array;
  /** Down to this depth the tree has all nodes. */
  readonly fullDepth: number;
  readonly records: readonly StoredRecord[];
}

export const NOTHING: Rested = {
  ...{ epoch: -1, rootValue: EMPTY_ROOT_VALUE, fullDepth: 0, records: [] },
};

/** Workers that begin where others ended, each with a monitor thread of one instance, all in this thread of the machine. */
export class RestingWorkers {
  readonly stores: readonly StoreWorker[];
  readonly monitor: MonitorInstance;
  readonly #owners: KeyOwner;
  readonly #groupBits: number;
  readonly #start: Rested;
  readonly #crown: Crown;
  /** Records by their digests. */
  readonly #known: Map<string, StoredRecord>;

  constructor(threads: number, start: Rested, kind: MonitorKind = "wasm") {
    const plan = shareOut(threads, "bytes");
    this.#owners = new KeyOwner(plan);
    this.#groupBits = plan.groupBits;
    this.#start = start;
    this.#known = new Map(start.records.map((record) => [toHex(record.digest), record]));
    const [epoch, root] = [start.epoch + 1, start.rootValue];
    const { slots, valueMemoryBytes } = SHAPE;
    this.monitor = createMonitorInstance({
      ...{ profile: "bytes", threads, slots, valueMemoryBytes, start: { epoch, root } },
      setHashKey: Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1),
      createThread: (options) =>
        kind === "wasm" ? createWasmThread(wasm, options) : createReferenceThread(options),
    });
    this.stores = plan.shares.map((share, thread) => {
      const shape = { ...SHAPE, thread, threads, firstEpoch: epoch };
      return new StoreWorker(share ? { ...shape, share, startsAtRest: true } : shape);
    });
    this.#crown = this.#restore();
  }

  #restore(): Crown {
    const { records, fullDepth } = this.#start;
    for (const [thread, store] of this.stores.entries()) {
      store.restore(records.filter(({ digest }) => this.#owners.ofDigest(digest) === thread));
      store.finishRestore(fullDepth);
    }
    if (this.stores.length === 1) return Crown.empty(0, "bytes");
    const tops: Uint8Array[] = [];
    for (const store of this.stores) {
      for (const { group, value } of store.topValues()) tops[group] = value;
    }
    return Crown.above(tops, this.#groupBits, fullDepth);
  }

  get rootValue(): Uint8Array {
    return this.stores.length === 1 ? this.stores[0]!.rootValue : this.#crown.rootValue;
  }

  handOut(): void {
    if (this.stores.length === 1) return;
    const { log, times } = this.#crown.handOut(this.stores[0]!.epoch);
    this.log(0, log);
    this.stores[0]!.beyond(times.length);
    for (const store of this.stores) store.adopt(times);
    this.feed();
  }

  run(number: number, argument: Uint8Array, key: Uint8Array): Uint8Array {
    const call = { function: number, argument, requestId: null };
    return this.stores[this.#owners.of(key)]!.execute(call).result;
  }

  closeEpoch(): void {
    const epoch = this.stores[0]!.epoch;
    for (const store of this.stores) store.beginEpochClose();
    for (const store of this.stores) while (!store.continueEpochClose(7));
    this.feed();
    expect(this.monitor.maxCertifiedEpoch).toBe(epoch);
  }

  /** Brings the whole tree to rest; `pass` stands between the workers and thread 0. */
  seal(pass: (tops: HandedTop[]) => HandedTop[] = (tops) => tops): void {
    for (const store of this.stores) while (!store.seal(11));
    if (this.stores.length === 1) {
      this.feed();
      return;
    }
    const tops = pass(this.stores.flatMap((store) => store.handBack()));
    this.feed();
    if (tops.length > 0) {
      this.log(0, this.#crown.takeBack(tops));
      this.stores[0]!.beyond(Math.max(...tops.map(({ time }) => Number(time & 0xffff_ffffn))) + 1);
    }
    for (const store of this.stores) store.endSeal();
    this.feed();
  }

  /** The enclave would sign a checkpoint; what the next instance needs of it, beside the records that it knows. */
  rest(): Rested {
    const epoch = this.stores[0]!.epoch - 1;
    const { rootValue } = this;
    const rest = { epoch, root: rootHash(rootValue) };
    expect(restOf(this.monitor, SHAPE.slots)).toEqual(rest);
    const known = this.#known;
    for (const store of this.stores) {
      for (let some = store.takeChanges(7); some.length > 0; some = store.takeChanges(7)) {
        for (const record of some) known.set(toHex(record.digest), structuredClone(record));
      }
    }
    const fullDepth = Math.max(this.#start.fullDepth, this.#groupBits);
    return { epoch, rootValue, fullDepth, records: [...known.values()] };
  }

  log(thread: number, frame: Uint8Array): void {
    if (frame.length === 0) return;
    const { check } = this.monitor.verifyLog(thread, frame);
    expect({ thread, check }).toEqual({ thread, check: null });
  }

  feed(): void {
    for (const [thread, store] of this.stores.entries()) {
      for (const frame of store.drain()) this.log(thread, frame);
    }
  }
}
