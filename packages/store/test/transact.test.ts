// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { anyTransaction } from "@zeta/monitor/test/support/transactions";
import { utf8 } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { applyKv, encodeKvArgument, type KvOperation, kvKeys } from "@zeta/protocol/kv";
import type { KvTransact, TransactItem } from "@zeta/protocol/kv-transact";
import { TRANSACT_RECORDS_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, it } from "vitest";
import { SLOTS_BESIDE_CALL } from "../src/limits.ts";
import type { StoreCall } from "../src/store-call.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { MonitoredStore } from "./support/monitored-store.ts";
import { MonitoredWorkers } from "./support/monitored-workers.ts";

const TRANSACT = 3;
const DONE = { done: true, failedAt: null };
const KEYS = Array.from({ length: 40 }, (_, i) => utf8(`key ${i}`));

/** What the records should be. */
class Model {
  readonly #values = new Map<string, Uint8Array | null>();

  readonly read = (key: Uint8Array): Uint8Array | null => this.#values.get(String(key)) ?? null;

  apply(operation: KvOperation) {
    const keys = kvKeys(operation);
    const { result, after } = applyKv(operation, keys.map(this.read));
    for (const [i, key] of keys.entries()) this.#values.set(String(key), after[i] ?? null);
    return result;
  }
}

function anyOperation(random: Random, { read }: Model, most: number): KvOperation {
  const value = () => random.bytes(random.pick([0, 1, 63, 64, 65, 300]));
  const key = random.pick(KEYS);
  if (random.below(2) === 0) return anyTransaction(random, { keys: KEYS, read, value }, most);
  if (random.below(2) === 0) return { operation: "get", key };
  return { operation: "put", key, value: value() };
}

/** Puts a value of so many bytes into each of the first keys. */
function putting(count: number, bytes: number): KvTransact {
  const keys = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  const write = { put: new Uint8Array(bytes) };
  const items = keys.map((key): TransactItem => ({ key, condition: "any", write }));
  return { operation: "transact", items };
}

function callOf(operation: KvOperation): StoreCall {
  const number = operation.operation === "transact" ? TRANSACT : 0;
  return { function: number, argument: encodeKvArgument(operation), requestId: null };
}

/** Deletes the first keys, whatever they are. */
function deleting(count: number): KvTransact {
  const keys = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  const items = keys.map((key): TransactItem => ({ key, condition: "present", write: "delete" }));
  return { operation: "transact", items };
}

function codeOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return error.code;
  }
}

describe("transact", () => {
  it.each([
    ["reference", 12],
    ["wasm", 64],
  ] as const)("is one step, with other calls beside it: %s monitor, %d slots", (kind, slots) => {
    const store = new MonitoredStore({ kind, slots });
    const random = new Random(slots);
    const model = new Model();
    const step = () => {
      const operation = anyOperation(random, model, 6);
      expect(store.run(operation)).toEqual(model.apply(operation));
    };
    for (let epoch = 0; epoch < 6; epoch++) {
      for (let i = 0; i < 60; i++) step();
      store.closeEpoch(7, step);
      store.feed();
      store.expectSameSlots();
    }
  });

  it("runs in the order of a batch", () => {
    const store = new StoreWorker({ thread: 0, threads: 1, valueMemoryBytes: 4 << 20 });
    const key = Uint8Array.of(0);
    const get = callOf({ operation: "get", key });
    const [put, remove] = [callOf(putting(1, 1)), callOf(deleting(1))];
    const calls = [get, put, get, remove, remove, get];
    const results: number[][] = [];
    while (results.length < calls.length) {
      for (const { result } of store.executeBatch(calls, results.length)) results.push([...result]);
    }
    expect(results).toEqual([[0], [1], [1, 0], [1], [0, 0], [0]]);
  });

  it("needs the slots for its records; one fewer is store_full, and nothing happened", () => {
    const slots = 5 + SLOTS_BESIDE_CALL;
    const store = new MonitoredStore({ kind: "wasm", slots });
    store.run(putting(5, 3));
    store.feed();
    expect(codeOf(() => store.run(putting(6, 3)))).toBe("store_full");
    expect(store.store.pendingBytes).toBe(0);
    store.closeEpoch();
  });

  it("needs the monitor's memory for all values, old and new", () => {
    const store = new MonitoredStore({ kind: "wasm", valueMemoryBytes: 1 << 20 });
    // 16 384 cells of 64 bytes: 954 for each of these values.
    for (let i = 0; i < 18; i++) store.put(Uint8Array.of(i), new Uint8Array(61_000));
    store.feed();
    expect(codeOf(() => store.run(deleting(18)))).toBe("store_full");
    expect(store.run(deleting(17))).toEqual(DONE);
    expect(codeOf(() => store.run(putting(18, 50_000)))).toBe(null);
    store.closeEpoch();
  });

  it("takes sixteen of the longest values at once, and not one byte more", () => {
    const store = new MonitoredStore({ kind: "wasm", valueMemoryBytes: 64 << 20 });
    for (let i = 0; i < 17; i++) {
      const value = new Uint8Array(i < 16 ? VALUE_BYTES_MAX : 1);
      store.put(Uint8Array.of(i), value);
    }
    expect(codeOf(() => store.run(deleting(17)))).toBe("store_full");
    store.feed();
    expect(store.run(deleting(16))).toEqual(DONE);
    store.feed();
  });

  it("touches TRANSACT_RECORDS_MAX records", () => {
    const store = new MonitoredStore({ kind: "wasm", slots: TRANSACT_RECORDS_MAX + 3 });
    const keys = Array.from({ length: TRANSACT_RECORDS_MAX }, (_, i) => Uint8Array.of(i));
    const items = keys.map(
      (key): TransactItem => ({ key, condition: "absent", write: { put: key } }),
    );
    expect(store.run({ operation: "transact", items })).toEqual(DONE);
    expect(store.run({ operation: "transact", items })).toEqual({ done: false, failedAt: 0 });
    expect(store.get(Uint8Array.of(127))).toEqual(Uint8Array.of(127));
    store.closeEpoch();
  });

  it("makes no records that do not fit into the store", () => {
    const store = new MonitoredStore({ kind: "wasm", recordsMax: 4 });
    store.run(putting(3, 1));
    store.feed();
    expect(codeOf(() => store.run(putting(5, 1)))).toBe("store_full");
    expect(store.store.recordCount).toBe(3);
    expect(store.store.pendingBytes).toBe(0);
    store.run(putting(4, 1));
    store.closeEpoch();
  });
});

describe("transact over records of several workers", () => {
  it.each([2, 3])("%d workers", (threads) => {
    const shape = { threads, slots: 64, valueMemoryBytes: 4 << 20, recordsMax: 500 };
    const workers = new MonitoredWorkers(shape, null);
    const random = new Random(threads);
    const model = new Model();
    for (let epoch = 0; epoch < 4; epoch++) {
      for (let i = 0; i < 60; i++) {
        const operation = anyTransaction(
          random,
          { keys: KEYS, read: model.read, value: () => random.bytes(random.below(200)) },
          8,
        );
        const keys = kvKeys(operation);
        const result = workers.runLent(callOf(operation), keys, (loans) => loans);
        const expected = model.apply(operation) as { done: boolean; failedAt: number | null };
        expect([...result]).toEqual(expected.done ? [1] : [0, expected.failedAt]);
      }
      workers.beginEpochClose();
      while (!workers.continueEpochClose(50));
      expect(workers.feed()).toBe(null);
      expect(workers.certified).toBe(epoch);
    }
  });
});
