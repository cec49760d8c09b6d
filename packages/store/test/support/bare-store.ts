// SPDX-License-Identifier: Apache-2.0
import { expect } from "vitest";
import type { PlacementPolicy } from "../../src/placement-policy.ts";
import { StoreWorker } from "../../src/store-worker.ts";
import { createMonitor, type Monitor, type MonitorKind } from "./monitors.ts";
import { expectSameSlots } from "./same-slots.ts";

const VALUE_MEMORY = 1 << 20;

/**
 * Placement without calls: records are named by digests of the test's choice, as no key hash would ever give them, and only move.
 * That is how trees of full depth can be had.
 */
export class BareStore {
  readonly store: StoreWorker;
  readonly monitor: Monitor;
  readonly #slots: number;

  constructor(kind: MonitorKind, slots: number, policy: PlacementPolicy) {
    this.#slots = slots;
    const shape = { slots, valueMemoryBytes: VALUE_MEMORY };
    this.store = new StoreWorker({ thread: 0, threads: 1, ...shape, policy });
    this.monitor = createMonitor(kind, shape);
  }

  /** Returns what {@link BareStore.access} takes. */
  insert(digest: Uint8Array): number {
    const { wasm } = this.store;
    wasm.memory.set(digest, wasm.exports.requestsAddress());
    return wasm.exports.insertDigest();
  }

  access(record: number): void {
    this.store.wasm.exports.bringIn(record);
  }

  feed(): void {
    for (const frame of this.store.drain()) {
      const { verdict, check } = this.monitor.instance.verifyLog(0, frame);
      expect({ verdict, check }).toEqual({ verdict: "success", check: null });
    }
    const { epoch, counter } = this.monitor.instance.threads[0]!.clock;
    const { exports } = this.store.wasm;
    expect({ epoch, counter }).toEqual({ epoch: exports.epoch(), counter: exports.counter() });
  }

  closeEpoch(budget: number, between: () => void): void {
    const epoch = this.store.beginEpochClose();
    while (!this.store.continueEpochClose(budget)) between();
    this.feed();
    expect(this.monitor.instance.maxCertifiedEpoch).toBe(epoch);
    expectSameSlots(this.store.wasm, this.monitor.instance.threads[0]!, this.#slots);
  }
}
