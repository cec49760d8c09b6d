// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { describe, expect, it } from "vitest";
import { MonitoredStore } from "./support/monitored-store.ts";

const value = utf8("value");

function filled(options: ConstructorParameters<typeof MonitoredStore>[0], keys: number) {
  const checked = new MonitoredStore(options);
  for (let i = 0; i < keys; i++) checked.put(utf8(`key${i}`), value);
  checked.feed();
  return checked;
}

describe("epochs", () => {
  it("certifies epochs without any call, the very first included", () => {
    const checked = new MonitoredStore({ kind: "wasm" });
    for (let epoch = 0; epoch < 70; epoch++) checked.closeEpoch(1);
    checked.put(utf8("a"), value);
    checked.closeEpoch();
    for (let epoch = 0; epoch < 70; epoch++) checked.closeEpoch(1);
    expect(checked.get(utf8("a"))).toEqual(value);
    checked.closeEpoch();
  });

  it("counts leaves from zero in each epoch, and from the moment the close begins", () => {
    const checked = filled({ slots: 8 }, 50);
    expect(checked.store.epoch).toBe(0);
    expect(checked.store.beginEpochClose()).toBe(0);
    expect([checked.store.epoch, checked.store.closing]).toEqual([1, 0]);
    checked.get(utf8("key1"));
    checked.closeEpoch(3, () => checked.get(utf8("key2")));
    expect(checked.store.closing).toBe(null);
    checked.closeEpoch();
  });

  it("gives no leaf to a call without request id", () => {
    const { store } = new MonitoredStore({});
    const call = { function: 0, argument: utf8("a") };
    expect(store.execute({ ...call, requestId: null }).leafIndex).toBe(null);
    expect(store.execute({ ...call, requestId: new Uint8Array(16) }).leafIndex).toBe(0n);
    expect(store.execute({ ...call, requestId: null }).leafIndex).toBe(null);
    expect(store.execute({ ...call, requestId: new Uint8Array(16) }).leafIndex).toBe(1n);
  });

  it("closes one epoch at a time", () => {
    const checked = filled({ slots: 8 }, 50);
    checked.store.beginEpochClose();
    expect(() => checked.store.beginEpochClose()).toThrow("no epoch being closed, got epoch 0");
    checked.closeEpoch();
    expect(() => checked.store.continueEpochClose(1)).toThrow("an epoch being closed");
    checked.store.beginEpochClose();
    expect(() => checked.store.continueEpochClose(0)).toThrow("a positive budget");
  });

  it("moves no more elements in a step than its budget", () => {
    const checked = filled({ slots: 8 }, 60);
    checked.store.beginEpochClose();
    let steps = 1;
    while (!checked.store.continueEpochClose(2)) {
      steps++;
      // A record comes in and leaves again: two entries, and as many of the victim whose slot it takes.
      const frames = checked.store.drain();
      for (const frame of frames) checked.monitor.instance.verifyLog(0, frame);
    }
    expect(steps).toBeGreaterThanOrEqual(50);
    checked.feed();
    checked.expectCertified(0);
  });

  it("leaves records in slots alone: an idle close of hot records writes two bytes", () => {
    const checked = filled({ slots: 1000 }, 100);
    checked.closeEpoch();
    const before = checked.store.statistics;
    expect(before).toMatchObject({ hot: 100, warm: 0, cold: 0, nodesWarm: 0, nodesCold: 0 });
    checked.store.beginEpochClose();
    expect(checked.store.continueEpochClose(1)).toBe(true);
    expect(checked.store.pendingBytes).toBe(2);
    checked.feed();
    checked.expectCertified(1);
    expect(checked.store.statistics.logBytes).toBe(before.logBytes + 2);
  });

  it("cools down: after enough idle epochs nothing is warm, and everything is still there", () => {
    const checked = filled({ slots: 16 }, 200);
    let epochs = 0;
    // Filling uses some records several times: the counts of those sink for as many times four epochs.
    const warm = () => {
      const { warm, nodesWarm } = checked.store.statistics;
      return warm + nodesWarm;
    };
    expect(warm()).toBeGreaterThan(100);
    for (; warm() > 0; epochs++) {
      expect(epochs).toBeLessThan(40);
      checked.closeEpoch();
    }
    expect(checked.store.statistics.cold).toBeGreaterThan(180);
    for (let i = 0; i < 200; i++) expect(checked.get(utf8(`key${i}`))).toEqual(value);
    checked.closeEpoch();
  });

  it("forces a new epoch before the counter runs out, even in the middle of a close", () => {
    const checked = new MonitoredStore({ slots: 4, epochCounterMax: 15 });
    const certified = new Set<number | null | "error">();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 60; i++) {
        checked.put(utf8(`key${i}`), value);
        if (checked.store.closing !== null && i % 3 === 0) checked.store.continueEpochClose(1);
        checked.feed();
        certified.add(checked.certified);
      }
    }
    expect(checked.store.epoch).toBeGreaterThan(5);
    expect(certified.size).toBeGreaterThan(5);
    checked.closeEpoch();
    checked.closeEpoch();
  });
});
