// SPDX-License-Identifier: Apache-2.0
import { createMonitorInstance } from "@zeta/monitor/instance";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { isZetaError } from "@zeta/protocol/error";
import { describe, expect, it } from "vitest";
import { createReferenceThread } from "../../monitor/reference/thread.ts";
import { FOREIGN, FOUND, GET, Kv64Store, PUT, SLOTS_MIN } from "../src/wasm/kv64-store.ts";
import { shareOut, WORKERS_MAX } from "../src/wasm/share-out.ts";
import { storeModule } from "./support/kv64-monitored.ts";
import type { MonitorKind } from "./support/monitors.ts";
import { Random } from "./support/random.ts";

const monitorModule = loadMonitorModule("kv64");
const SLOTS = 64;

/** Stores of several workers and one monitor instance with a thread for each, all in this thread of the machine. */
class Workers {
  readonly plan;
  readonly stores: readonly Kv64Store[];
  readonly monitor;

  constructor(workers: number, kind: MonitorKind, slots = SLOTS) {
    this.plan = shareOut(workers, "kv64");
    this.monitor = createMonitorInstance({
      profile: "kv64",
      threads: workers,
      slots,
      setHashKey: Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1),
      createThread: (options) =>
        kind === "wasm" ? createWasmThread(monitorModule, options) : createReferenceThread(options),
    });
    if (workers > 1) this.log(0, this.plan.prologue);
    this.stores = this.plan.shares.map(
      (share) =>
        new Kv64Store({ module: storeModule, slots, recordsMax: 2000, ...(share && { share }) }),
    );
  }

  log(thread: number, frame: Uint8Array): void {
    const { verdict, check } = this.monitor.verifyLog(thread, frame);
    expect({ thread, verdict, check }).toEqual({ thread, verdict: "success", check: null });
  }

  /** One operation at the owner of the key; returns what the store answered. */
  run(key: bigint, value: bigint | null, owner = this.plan.ownerOf(Number(key & 0xffffffffn))) {
    const store = this.stores[owner]!;
    const { words, kinds } = store.batch;
    words.set([key, value ?? 0n]);
    kinds[0] = value === null ? GET : PUT;
    store.run(1, (frame) => this.log(owner, frame));
    return { answer: kinds[0], value: words[1] };
  }

  closeEpoch(): void {
    const epoch = this.stores[0]!.beginEpochClose();
    for (const store of this.stores.slice(1)) expect(store.beginEpochClose()).toBe(epoch);
    for (const [thread, store] of this.stores.entries()) {
      while (!store.continueEpochClose(100, (frame) => this.log(thread, frame)));
    }
    expect(this.monitor.maxCertifiedEpoch).toBe(epoch);
  }
}

describe("the tree is shared out", () => {
  it.each([
    [1, "wasm"],
    [2, "wasm"],
    [3, "reference"],
    [4, "wasm"],
    [WORKERS_MAX, "wasm"],
  ] as const)("%d workers certify (%s monitor)", (count, kind) => {
    const workers = new Workers(count, kind);
    const random = new Random(count);
    const model = new Map<bigint, bigint>();
    for (let epoch = 0; epoch < 4; epoch++) {
      for (let i = 0; i < 300; i++) {
        const key = (BigInt(random.below(400)) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
        const value = random.below(2) === 0 ? null : BigInt(random.below(1000));
        const told = workers.run(key, value);
        const before = model.get(key);
        expect(told.answer === FOUND).toBe(before !== undefined);
        if (value !== null) model.set(key, value);
        else if (before !== undefined) expect(told.value).toBe(before);
      }
      workers.closeEpoch();
    }
    const counts = workers.stores.map(({ recordCount }) => recordCount);
    expect(counts.reduce((sum, number) => sum + number)).toBe(model.size);
    expect(Math.min(...counts)).toBeGreaterThan(model.size / count / 3);
  });

  it("equal shares, also of keys that are all multiples of sixteen", () => {
    for (const step of [1, 2, 16]) {
      const { ownerOf } = shareOut(2, "kv64");
      const keys = Array.from({ length: 1000 }, (_, i) => i * step);
      const first = keys.filter((key) => ownerOf(key) === 0).length;
      expect(first).toBeGreaterThan(400);
      expect(first).toBeLessThan(600);
    }
  });

  it("a key goes to its owner, anybody else refuses it", () => {
    const workers = new Workers(2, "wasm");
    const owner = workers.plan.ownerOf(77);
    expect(workers.run(77n, 1n, 1 - owner).answer).toBe(FOREIGN);
    expect(workers.run(77n, null, 1 - owner).answer).toBe(FOREIGN);
    workers.run(77n, 5n, owner);
    expect(workers.run(77n, null)).toEqual({ answer: FOUND, value: 5n });
    workers.closeEpoch();
  });

  it("the nodes of the groups need a slot each", () => {
    const [share] = shareOut(2, "kv64").shares;
    const create = (slots: number) => () =>
      new Kv64Store({ module: storeModule, slots, recordsMax: 10, share: share! });
    expect(create(SLOTS_MIN + 16)).not.toThrow();
    expect(create(SLOTS_MIN + 15)).toThrow(/slots/);
  });

  it("at most 64 workers", () => {
    for (const count of [0, WORKERS_MAX + 1, 1.5]) {
      let error: unknown = null;
      try {
        shareOut(count, "kv64");
      } catch (caught) {
        error = caught;
      }
      expect(isZetaError(error, "assertion")).toBe(true);
    }
  });
});
