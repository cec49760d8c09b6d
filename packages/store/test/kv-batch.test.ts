// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, it } from "vitest";
import { KV_FUNCTION_TABLE } from "../src/kv-functions.ts";
import { RECORDS_MAX } from "../src/limits.ts";
import { warmFor } from "../src/placement-policy.ts";
import type { StoreCall } from "../src/store-call.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { createMonitor } from "./support/monitors.ts";
import { Random } from "./support/random.ts";

const SIZE = { slots: 30, valueMemoryBytes: 1 << 20 };
const OPTIONS = { thread: 0, threads: 1, ...SIZE };
const OPERATIONS = ["get", "put", "delete"] as const;

/** Keys on both sides of every border of the key hash: a block, and a chunk, of BLAKE3. */
const KEY_LENGTHS = [0, 1, 63, 64, 65, 128, 1023, 1024, 1025, 3073, KEY_BYTES_MAX];

function randomCall(random: Random): StoreCall {
  const number = random.below(60);
  const key = new Uint8Array(KEY_LENGTHS[number % KEY_LENGTHS.length]!).fill(number);
  const operation = OPERATIONS[random.below(3)]!;
  const value = random.bytes(random.below(4) === 0 ? random.below(5000) : random.below(200));
  return {
    function: kvFunctionNumber(operation),
    argument: encodeKvArgument(
      operation === "put" ? { operation, key, value } : { operation, key },
    ),
    requestId: random.below(2) === 0 ? null : random.bytes(16),
  };
}

function joined(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames);
}

describe("the key-value service in WebAssembly", () => {
  it("answers, and writes the same log, as the same service given as functions", () => {
    const seed = 31;
    const random = new Random(seed);
    const policy = warmFor(1);
    const batched = new StoreWorker({ ...OPTIONS, policy });
    const table = { recordsPerCallMax: 1, functions: KV_FUNCTION_TABLE.functions };
    const single = new StoreWorker({ ...OPTIONS, policy, functions: table });
    const monitor = createMonitor("wasm", SIZE);
    for (let round = 0; round < 12; round++) {
      const calls = Array.from({ length: 1 + random.below(150) }, () => randomCall(random));
      const expected = calls.map((call) => single.execute(call));
      expect(batched.executeBatch(calls)).toEqual(expected);
      for (const store of [single, batched]) {
        store.beginEpochClose();
        store.continueEpochClose(20);
      }
      const more = randomCall(random);
      expect(batched.execute(more)).toEqual(single.execute(more));
      for (const store of [single, batched]) store.continueEpochClose(Number.POSITIVE_INFINITY);
      const frames = batched.drain();
      expect(joined(frames).equals(joined(single.drain()))).toBe(true);
      for (const frame of frames) expect(monitor.instance.verifyLog(0, frame).check).toBe(null);
    }
    expect(monitor.instance.maxCertifiedEpoch).toBe(11);
    expect(batched.statistics).toEqual(single.statistics);
  });

  it("runs the calls before a bad one, and then refuses that one", () => {
    const store = new StoreWorker(OPTIONS);
    const get = (key: string): StoreCall => ({
      function: 0,
      argument: utf8(key),
      requestId: null,
    });
    const calls = [get("a"), get("b"), { ...get("c"), function: 7 }, get("d")];
    expect(store.executeBatch(calls)).toHaveLength(2);
    expect(() => store.executeBatch(calls, 2)).toThrow("expected function 0..3, got 7");
    expect(store.executeBatch(calls, 3)).toHaveLength(1);
    expect(store.recordCount).toBe(3);
  });

  it("pauses when the log is long, when results are, and when requests are", () => {
    const store = new StoreWorker(OPTIONS);
    const value = new Uint8Array(VALUE_BYTES_MAX);
    const keys = ["a", "b", "c", "d", "e"].map(utf8);
    const puts = keys.map((key) => ({
      function: 1,
      argument: encodeKvArgument({ operation: "put", key, value }),
      requestId: null,
    }));
    // Four megabytes of requests hold three of these.
    expect(store.executeBatch(puts)).toHaveLength(3);
    expect(store.executeBatch(puts, 3)).toHaveLength(2);
    store.drain();
    const gets = Array.from({ length: 100 }, (_, i) => ({
      function: 0,
      argument: keys[i % 5]!,
      requestId: null,
    }));
    const outcomes = store.executeBatch(gets);
    // Each of them has to be brought in and answered with a megabyte.
    expect(outcomes.length).toBeGreaterThan(3);
    expect(outcomes.length).toBeLessThan(20);
    for (const { result } of outcomes) expect(result.length).toBe(1 + VALUE_BYTES_MAX);
  });
});

describe("the memory for values", () => {
  /** Bytes of the block that a value takes: the next of four sizes to each doubling, with a byte for the tag. */
  function blockBytes(length: number): number {
    const bytes = length + 1;
    if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
    const step = 2 ** (Math.floor(Math.log2(length)) - 2);
    return Math.ceil(bytes / step) * step;
  }

  it("holds exactly the values that are there, whatever came before", () => {
    const random = new Random(5);
    const store = new StoreWorker(OPTIONS);
    const lengths = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const name = `k${random.below(40)}`;
      const key = utf8(name);
      if (random.below(4) === 0) {
        store.execute({ function: 2, argument: key, requestId: null });
        lengths.delete(name);
      } else {
        const value = new Uint8Array(Math.floor(random.real() ** 4 * 100_000));
        const argument = encodeKvArgument({ operation: "put", key, value });
        store.execute({ function: 1, argument, requestId: null });
        lengths.set(name, value.length);
      }
      store.drain();
    }
    const expected = [...lengths.values()].reduce((sum, length) => sum + blockBytes(length), 0);
    expect(store.statistics.heapBytesUsed).toBe(expected);
  });

  it("takes a value of every length around each size of block", () => {
    const store = new StoreWorker(OPTIONS);
    const key = utf8("k");
    for (let log2 = 0; log2 <= 20; log2++) {
      for (const length of [2 ** log2 - 1, 2 ** log2, 1.25 * 2 ** log2].map(Math.floor)) {
        if (length > VALUE_BYTES_MAX) continue;
        const value = new Uint8Array(length).fill(log2);
        const argument = encodeKvArgument({ operation: "put", key, value });
        store.execute({ function: 1, argument, requestId: null });
        const { result } = store.execute({ function: 0, argument: key, requestId: null });
        expect(Buffer.compare(result.subarray(1), value)).toBe(0);
        expect(store.statistics.heapBytesUsed).toBe(blockBytes(length));
        store.drain();
      }
    }
  });
});

describe("a full store", () => {
  it("refuses a value for which there is no memory, and goes on with those it has", () => {
    // So many records leave some hundred megabytes of address space.
    const store = new StoreWorker({ ...OPTIONS, recordsMax: RECORDS_MAX });
    const value = new Uint8Array(VALUE_BYTES_MAX);
    const put = (i: number): StoreCall => ({
      function: 1,
      argument: encodeKvArgument({ operation: "put", key: utf8(`k${i}`), value }),
      requestId: null,
    });
    let count = 0;
    let code: string | null = null;
    for (; code === null && count < 1000; count++) {
      try {
        store.execute(put(count));
        store.drain();
      } catch (error) {
        code = isZetaError(error) ? error.code : "not a ZetaError";
      }
    }
    expect(code).toBe("store_full");
    expect(store.pendingBytes).toBe(0);
    expect(store.recordCount).toBe(count - 1);
    // What is freed serves again.
    store.execute({ function: 2, argument: utf8("k0"), requestId: null });
    expect(store.execute(put(count)).result).toEqual(Uint8Array.of(0));
  });

  const tables = { "in batches": undefined, "function by function": KV_FUNCTION_TABLE };
  for (const [name, functions] of Object.entries(tables)) {
    it(`refuses one record more, and logs nothing of it, ${name}`, () => {
      const shape = { ...OPTIONS, recordsMax: 10, ...(functions && { functions }) };
      const store = new StoreWorker(shape);
      const monitor = createMonitor("wasm", SIZE);
      const call = (operation: "get" | "put", i: number): StoreCall => ({
        function: kvFunctionNumber(operation),
        argument: encodeKvArgument({ operation, key: utf8(`k${i}`), value: utf8(`v${i}`) }),
        requestId: null,
      });
      for (let i = 0; i < 10; i++) store.execute(call("put", i));
      const { pendingBytes } = store;
      const { heapBytesUsed } = store.statistics;
      for (const operation of ["put", "get"] as const) {
        try {
          store.execute(call(operation, 10));
          expect.unreachable();
        } catch (error) {
          expect(isZetaError(error, "store_full")).toBe(true);
        }
      }
      expect(store.pendingBytes).toBe(pendingBytes);
      expect(store.statistics.heapBytesUsed).toBe(heapBytesUsed);
      expect(store.execute(call("get", 9)).result).toEqual(Uint8Array.of(1, ...utf8("v9")));
      store.beginEpochClose();
      store.continueEpochClose(Number.POSITIVE_INFINITY);
      for (const frame of store.drain()) {
        expect(monitor.instance.verifyLog(0, frame).check).toBe(null);
      }
      expect(monitor.instance.maxCertifiedEpoch).toBe(0);
    });
  }
});
