// SPDX-License-Identifier: Apache-2.0
import { restOf } from "@zeta/monitor/at-rest";
import { utf8 } from "@zeta/protocol/bytes";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { describe, expect, it } from "vitest";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "../src/placement-policy.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { MonitoredStore, VALUE_MEMORY } from "./support/monitored-store.ts";
import { Random } from "./support/random.ts";

/** Seals step by step; the monitor must certify the epoch and have nothing but the root left. */
function seal(checked: MonitoredStore, budget: number): void {
  const { store, monitor } = checked;
  const epoch = store.epoch;
  while (!store.seal(budget)) checked.feed();
  checked.feed();
  checked.expectCertified(epoch);
  expect(store.epoch).toBe(epoch + 1);
  const { hot, warm, nodesHot, nodesWarm, slotsUsed } = store.statistics;
  expect({ hot, warm, nodesHot, nodesWarm, slotsUsed }).toEqual({
    hot: 0,
    warm: 0,
    nodesHot: 1,
    nodesWarm: 0,
    slotsUsed: 1,
  });
  const thread = monitor.instance.threads[0]!;
  for (let slot = 1; slot < checked.slots; slot++) expect(thread.slot(slot)).toBe(null);
  expect(Buffer.from(store.rootValue)).toEqual(Buffer.from(thread.slot(0)!.value));
  // The enclave would sign a checkpoint.
  const rest = { epoch, root: rootHash(store.rootValue) };
  expect(restOf(monitor.instance, checked.slots)).toEqual(rest);
}

describe("seal", () => {
  const policies = {
    "warm for 2": warmFor(2),
    "merkle only": MERKLE_ONLY,
    "deferred only": DEFERRED_ONLY,
  };
  for (const [name, policy] of Object.entries(policies)) {
    for (const [slots, budget, seed] of [
      [4, 1, 11],
      [5, 1000, 12],
      [40, 3, 13],
      [300, 1000, 14],
    ] as const) {
      it(`brings everything home, and work goes on: ${name}, ${slots} slots, seed ${seed}`, () => {
        const random = new Random(seed);
        const kind = seed % 2 === 0 ? "reference" : "wasm";
        const checked = new MonitoredStore({ kind, slots, policy });
        const model = new Map<string, Uint8Array>();
        for (let batch = 0; batch < 4; batch++) {
          for (let i = 0; i < 60; i++) {
            const name = `key${Math.floor(random.real() ** 2 * 90)}`;
            if (random.below(3) === 0) {
              expect(checked.get(utf8(name))).toEqual(model.get(name) ?? null);
            } else {
              const value = random.bytes(random.below(150));
              checked.put(utf8(name), value);
              model.set(name, value);
            }
            if (random.below(25) === 0) checked.closeEpoch(7);
          }
          seal(checked, budget);
        }
        for (const [name, value] of model) expect(checked.get(utf8(name))).toEqual(value);
        checked.closeEpoch();
      });
    }
  }

  it("of a store in which nothing ever was", () => {
    const checked = new MonitoredStore({ slots: 8 });
    expect(checked.store.rootValue).toEqual(EMPTY_ROOT_VALUE);
    checked.store.seal();
    checked.feed();
    checked.expectCertified(0);
    expect(checked.store.rootValue).toEqual(EMPTY_ROOT_VALUE);
  });

  it("the same records have the same root, however they came there", () => {
    const rootOf = (slots: number, keys: readonly number[]) => {
      const checked = new MonitoredStore({ slots });
      for (const key of keys) checked.put(utf8(`key${key}`), utf8(`value${key}`));
      seal(checked, 5);
      return checked.store.rootValue;
    };
    const keys = Array.from({ length: 40 }, (_, i) => i);
    expect(rootOf(4, keys)).toEqual(rootOf(100, keys.toReversed()));
  });

  it("finishes the close of the epoch before, and lets no call run in between", () => {
    const checked = new MonitoredStore({ slots: 8 });
    for (let i = 0; i < 50; i++) checked.put(utf8(`key${i}`), utf8("value"));
    checked.feed();
    checked.store.beginEpochClose();
    checked.get(utf8("key7"));
    expect(checked.store.seal(1)).toBe(false);
    expect(checked.store.closing).toBe(0);
    while (!checked.store.seal(1)) {
      if (checked.store.closing !== null) continue;
      const call = { function: 0, argument: utf8("key1"), requestId: null };
      expect(() => checked.store.execute(call)).toThrow("no call while the store is being sealed");
      expect(() => checked.store.beginEpochClose()).toThrow("not being sealed");
    }
    checked.feed();
    checked.expectCertified(1);
    expect(checked.store.statistics.slotsUsed).toBe(1);
    expect(() => checked.store.seal(0)).toThrow("a positive budget");
  });

  it("counts leaves from zero after it", () => {
    const shape = { thread: 0, threads: 1, slots: 8, valueMemoryBytes: VALUE_MEMORY };
    const store = new StoreWorker(shape);
    const call = { function: 0, argument: utf8("a"), requestId: new Uint8Array(16) };
    expect(store.execute(call)).toMatchObject({ epoch: 0, leafIndex: 0n });
    expect(store.execute(call)).toMatchObject({ epoch: 0, leafIndex: 1n });
    expect(store.seal()).toBe(true);
    expect(store.execute(call)).toMatchObject({ epoch: 1, leafIndex: 0n });
  });
});
