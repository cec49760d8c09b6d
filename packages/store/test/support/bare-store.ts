// SPDX-License-Identifier: Apache-2.0
import { expect } from "vitest";
import { MonitorClock } from "../../src/clock.ts";
import { EpochClose } from "../../src/epoch-close.ts";
import { LogWriter } from "../../src/log-writer.ts";
import { Placement } from "../../src/placement.ts";
import type { PlacementPolicy } from "../../src/placement-policy.ts";
import type { StoredRecord } from "../../src/record.ts";
import { SlotTable } from "../../src/slot-table.ts";
import { createMonitor, type Monitor, type MonitorKind } from "./monitors.ts";

/**
 * Placement without calls: records are named by digests of the test's choice, as no key hash would ever give them, and only move.
 * That is how trees of full depth can be had.
 */
export class BareStore {
  readonly placement: Placement;
  readonly monitor: Monitor;
  readonly slots: SlotTable;
  readonly #log = new LogWriter();
  readonly #clock = new MonitorClock();
  readonly #policy: PlacementPolicy;

  constructor(kind: MonitorKind, slots: number, policy: PlacementPolicy) {
    this.#policy = policy;
    this.slots = new SlotTable(slots, 1000);
    this.placement = new Placement({
      thread: 0,
      log: this.#log,
      clock: this.#clock,
      slots: this.slots,
      policy,
    });
    this.monitor = createMonitor(kind, { slots, valueMemoryBytes: 64_000 });
  }

  insert(digest: Uint8Array): StoredRecord {
    return this.placement.insert(digest);
  }

  access(record: StoredRecord): void {
    this.placement.access(record);
    this.placement.pin(record);
    this.placement.unpin(record);
  }

  feed(): void {
    for (const frame of this.#log.drain()) {
      const { verdict, check } = this.monitor.instance.verifyLog(0, frame);
      expect({ verdict, check }).toEqual({ verdict: "success", check: null });
    }
    const { epoch, counter } = this.monitor.instance.threads[0]!.clock;
    expect({ epoch, counter }).toEqual({ epoch: this.#clock.epoch, counter: this.#clock.counter });
  }

  closeEpoch(budget: number, between: () => void): void {
    const { epoch } = this.#clock;
    this.#log.nextEpoch();
    this.#clock.nextEpoch();
    const close = new EpochClose(epoch, this.#clock, this.placement, this.#policy);
    while (!close.step(budget)) between();
    this.#log.verifyEpoch();
    this.feed();
    expect(this.monitor.instance.maxCertifiedEpoch).toBe(epoch);
  }
}
