// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { encodeKvArgument } from "@zeta/protocol/kv";
import { ARGUMENT_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, it } from "vitest";
import { RECORDS_MAX } from "../src/limits.ts";
import { type StoreOptions, StoreWorker } from "../src/store-worker.ts";
import { MonitoredStore } from "./support/monitored-store.ts";
import { Random } from "./support/random.ts";

const OPTIONS: StoreOptions = { thread: 0, threads: 1, slots: 8, valueMemoryBytes: 1 << 20 };

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return error.code;
  }
}

describe("calls", () => {
  it("answers as a map does, with the caller's buffers free at once", () => {
    const checked = new MonitoredStore({});
    const key = utf8("alice");
    expect(checked.get(key)).toBe(null);
    expect(checked.put(key, utf8("100"))).toBe(false);
    const first = checked.get(key)!;
    expect(checked.put(key, utf8("200"))).toBe(true);
    expect(first).toEqual(utf8("100"));
    expect(checked.get(key)).toEqual(utf8("200"));
    expect(checked.run({ operation: "delete", key })).toEqual({ existed: true });
    expect(checked.run({ operation: "delete", key })).toEqual({ existed: false });
    expect(checked.get(key)).toBe(null);
    expect(checked.store.recordCount).toBe(1);
    checked.closeEpoch();
  });

  it("takes empty keys, all bytes in keys, and empty values", () => {
    const checked = new MonitoredStore({ kind: "wasm", slots: 4 });
    const keys = [
      new Uint8Array(0),
      new Uint8Array(1),
      Uint8Array.from({ length: 256 }, (_, i) => i),
    ];
    keys.push(Uint8Array.of(0xe9), utf8("é"), new Uint8Array(2));
    for (const [i, key] of keys.entries()) {
      expect(checked.put(key, new Uint8Array(i))).toBe(false);
    }
    checked.closeEpoch();
    for (const [i, key] of keys.entries()) expect(checked.get(key)).toEqual(new Uint8Array(i));
    expect(checked.store.recordCount).toBe(keys.length);
    checked.closeEpoch();
  });

  it("takes keys and values at their limits, in the least value memory and in frames of legal size", () => {
    const random = new Random(7);
    const checked = new MonitoredStore({ kind: "wasm", slots: 8, valueMemoryBytes: 1 << 20 });
    const keys = Array.from({ length: 6 }, () => random.bytes(KEY_BYTES_MAX));
    const value = (i: number) => new Uint8Array(VALUE_BYTES_MAX - 70_000 * i).fill(i + 1);
    for (const [i, key] of keys.entries()) checked.put(key, value(i));
    expect(checked.store.pendingBytes).toBeGreaterThan(5 << 20);
    checked.feed();
    for (const [i, key] of keys.entries()) {
      expect(Buffer.compare(checked.get(key)!, value(i))).toBe(0);
      checked.put(key, value(5 - i));
      checked.feed();
    }
    checked.closeEpoch(1);
    checked.closeEpoch(1);
    checked.closeEpoch(1);
    for (const [i, key] of keys.entries()) {
      expect(Buffer.compare(checked.get(key)!, value(5 - i))).toBe(0);
    }
    checked.closeEpoch();
  });

  it("keeps the values in slots within the value memory, whatever their sizes", () => {
    for (const kind of ["reference", "wasm"] as const) {
      const random = new Random(11);
      const checked = new MonitoredStore({ kind, slots: 40, valueMemoryBytes: 1 << 20 });
      for (let i = 0; i < (kind === "wasm" ? 120 : 30); i++) {
        const size = Math.floor(random.real() ** 3 * 600_000);
        checked.put(utf8(`k${random.below(30)}`), new Uint8Array(size));
        expect(checked.store.statistics.valueBytesUsed).toBeLessThanOrEqual(1 << 20);
        if (i % 10 === 9) checked.closeEpoch(3);
        else checked.feed();
      }
    }
  });

  it("grows by absent reads, and certifies that there was nothing", () => {
    const checked = new MonitoredStore({ kind: "wasm", slots: 12 });
    for (let i = 0; i < 100; i++) expect(checked.get(utf8(`never${i % 60}`))).toBe(null);
    expect(checked.store.recordCount).toBe(60);
    checked.closeEpoch();
    expect(checked.get(utf8("never1"))).toBe(null);
    checked.closeEpoch();
  });
});

describe("bad calls", () => {
  const put = encodeKvArgument({ operation: "put", key: utf8("k"), value: utf8("v") });
  const requestId = new Uint8Array(16);
  const bad = {
    "an unknown function": [{ function: 4, argument: put, requestId }, "R.fid"],
    "no function": [{ function: -1, argument: put, requestId }, "R.fid"],
    "a put without key": [{ function: 1, argument: Uint8Array.of(0), requestId }, "R.consume"],
    "a put with half a key": [
      { function: 1, argument: Uint8Array.of(0, 2, 1), requestId },
      "R.consume",
    ],
    "a key above its limit": [
      { function: 0, argument: new Uint8Array(KEY_BYTES_MAX + 1), requestId },
      "R.consume",
    ],
    "a value above its limit": [
      { function: 1, argument: new Uint8Array(2 + VALUE_BYTES_MAX + 1), requestId },
      "R.consume",
    ],
    "an argument above its limit": [
      { function: 1, argument: new Uint8Array(ARGUMENT_BYTES_MAX + 1), requestId },
      "D.length",
    ],
    "a short request id": [
      { function: 0, argument: put, requestId: requestId.slice(1) },
      "D.length",
    ],
  } as const;
  for (const [what, [call, code]] of Object.entries(bad)) {
    it(`refuses ${what} with ${code} and logs nothing`, () => {
      const store = new StoreWorker(OPTIONS);
      expect(codeOf(() => store.execute(call))).toBe(code);
      expect(store.pendingBytes).toBe(0);
      expect(store.drain()).toEqual([]);
      expect(store.recordCount).toBe(0);
    });
  }
});

describe("options", () => {
  it("accepts the least slots and value memory, and no less", () => {
    expect(new StoreWorker({ ...OPTIONS, slots: 4 }).statistics.slotsUsed).toBe(1);
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, slots: 3 }))).toBe("store_options");
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, slots: 65_535 }))).toBe(null);
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, slots: 65_536 }))).toBe("store_options");
    const valueMemoryBytes = (1 << 20) - 1;
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, valueMemoryBytes }))).toBe("store_options");
  });

  it("accepts as many records as fit into memory, and no more", () => {
    for (const recordsMax of [0, 1.5, RECORDS_MAX + 1]) {
      expect(codeOf(() => new StoreWorker({ ...OPTIONS, recordsMax }))).toBe("store_options");
    }
    for (const recordsMax of [1, RECORDS_MAX]) {
      expect(new StoreWorker({ ...OPTIONS, recordsMax }).recordCount).toBe(0);
    }
  });

  it("serves one thread, the one with the root", () => {
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, threads: 2 }))).toBe("store_options");
    expect(codeOf(() => new StoreWorker({ ...OPTIONS, thread: 1 }))).toBe("store_options");
  });
});
