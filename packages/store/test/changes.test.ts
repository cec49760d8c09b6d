// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import { describe, expect, it } from "vitest";
import { KV_FUNCTION_TABLE } from "../src/kv-functions.ts";
import { MERKLE_ONLY } from "../src/placement-policy.ts";
import { type StoreOptions, StoreWorker } from "../src/store-worker.ts";
import { shareOut } from "../src/wasm/share-out.ts";
import { MonitoredStore } from "./support/monitored-store.ts";

const OPTIONS = { thread: 0, threads: 1, slots: 64, valueMemoryBytes: 64 << 20 } as const;

function run(store: StoreWorker, operation: KvOperation): void {
  const number = kvFunctionNumber(operation.operation);
  store.execute({ function: number, argument: encodeKvArgument(operation), requestId: null });
}

const put = (store: StoreWorker, name: string, value = "value") =>
  run(store, { operation: "put", key: utf8(name), value: utf8(value) });
const get = (store: StoreWorker, name: string) => run(store, { operation: "get", key: utf8(name) });
const remove = (store: StoreWorker, name: string) =>
  run(store, { operation: "delete", key: utf8(name) });

/** Seals, and tells what changed, by the names of the keys. */
function changes(store: StoreWorker, names: readonly string[]): Record<string, string | null> {
  store.seal();
  const byDigest = new Map(names.map((name) => [toHex(blake3Digest(utf8(name))), name]));
  const pairs = store.takeChanges(1000).map(({ digest, value }): [string, string | null] => {
    const name = byDigest.get(toHex(digest)) ?? "unknown";
    return [name, value && Buffer.from(value).toString()];
  });
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

const NAMES = ["a", "b", "c", "d", "e"];

describe.each([
  ["in batches", {}],
  ["call by call", { functions: KV_FUNCTION_TABLE, slots: 200, valueMemoryBytes: 256 << 20 }],
  ["in the tree alone", { policy: MERKLE_ONLY }],
] as const)("what changed (%s)", (_, options: Partial<StoreOptions>) => {
  it("is what was created or written, once each, with its last value", () => {
    const store = new StoreWorker({ ...OPTIONS, ...options });
    for (const name of ["a", "b", "c"]) put(store, name);
    put(store, "a", "again");
    get(store, "d");
    remove(store, "e");
    const created = { a: "again", b: "value", c: "value", d: null, e: null };
    expect(changes(store, NAMES)).toEqual(created);
    expect(changes(store, NAMES)).toEqual({});
  });

  it("is not what was read, compared or only moved", () => {
    const store = new StoreWorker({ ...OPTIONS, ...options });
    for (const name of ["a", "b", "c"]) put(store, name);
    changes(store, NAMES);
    get(store, "a");
    const key = utf8("b");
    run(store, { operation: "transact", items: [{ key, condition: "present", write: "keep" }] });
    run(store, { operation: "transact", items: [{ key, condition: "absent", write: "delete" }] });
    store.beginEpochClose();
    while (!store.continueEpochClose(1));
    expect(changes(store, NAMES)).toEqual({});
  });

  it("is what was deleted, grew, shrank and stayed as long", () => {
    const store = new StoreWorker({ ...OPTIONS, ...options });
    for (const name of NAMES) put(store, name);
    changes(store, NAMES);
    remove(store, "a");
    put(store, "b", "v".repeat(1000));
    put(store, "c", "");
    put(store, "d", "eulav");
    expect(changes(store, NAMES)).toEqual({ a: null, b: "v".repeat(1000), c: "", d: "eulav" });
    remove(store, "a");
    const items = [{ key: utf8("e"), condition: "any", write: { put: utf8("t") } }] as const;
    run(store, { operation: "transact", items });
    const { a = null, ...others } = changes(store, NAMES);
    // Whether a key that has no value counts as written when it is deleted again does not matter: it has none.
    expect([a, others]).toEqual([null, { e: "t" }]);
  });
});

describe("taking them", () => {
  it("piece by piece, values longer than what crosses the border at once together", () => {
    const checked = new MonitoredStore({ ...OPTIONS, kind: "wasm" });
    const { store } = checked;
    const value = (i: number) => new Uint8Array(300_000).fill(i);
    const key = (i: number) => Uint8Array.of(i);
    for (let i = 0; i < 30; i++) checked.put(key(i), value(i));
    store.seal();
    const first = store.takeChanges(1);
    const second = store.takeChanges(20);
    const rest = store.takeChanges(Number.POSITIVE_INFINITY);
    expect([first.length, second.length, rest.length]).toEqual([1, 20, 9]);
    expect(store.takeChanges(1)).toEqual([]);
    // The log, which nobody has taken yet, is as it was.
    checked.feed();
    checked.expectCertified(0);
    const taken = [...first, ...second, ...rest];
    const found = new Map(taken.map(({ digest, value }) => [toHex(digest), value]));
    for (let i = 0; i < 30; i++) {
      expect(Buffer.compare(found.get(toHex(blake3Digest(key(i))))!, value(i))).toBe(0);
    }
  });

  it("loses none that were left when calls went on", () => {
    const store = new StoreWorker(OPTIONS);
    for (const name of ["a", "b", "c", "d"]) put(store, name);
    store.seal();
    const taken = store.takeChanges(2).map(({ digest }) => toHex(digest));
    put(store, "e");
    store.seal();
    const others = store.takeChanges(10).map(({ digest }) => toHex(digest));
    expect(new Set([...taken, ...others]).size).toBe(5);
    expect(others.length).toBe(3);
  });

  it("only at rest: of a fresh store, or right after a seal", () => {
    const store = new StoreWorker(OPTIONS);
    expect(store.takeChanges(1)).toEqual([]);
    const expectRefused = () => expect(() => store.takeChanges(1)).toThrow("that was sealed");
    put(store, "a");
    expectRefused();
    put(store, "b");
    store.beginEpochClose();
    expectRefused();
    expect(store.seal(1)).toBe(false);
    expectRefused();
    while (!store.seal(1)) expectRefused();
    expect(store.takeChanges(1).length).toBe(1);
    get(store, "a");
    expectRefused();
    expect(() => store.takeChanges(0)).toThrow("a positive number");
  });

  it("of a store whose part of the tree is at rest", () => {
    const share = shareOut(2, "bytes").shares[0]!;
    const store = new StoreWorker({ ...OPTIONS, threads: 2, share });
    expect(() => store.restore([])).toThrow("a tree at rest");
    expect(() => store.finishRestore()).toThrow("a tree at rest");
    while (!store.seal(1));
    expect(() => store.takeChanges(1)).toThrow("a store that was sealed");
    expect(() => store.endSeal()).toThrow("a tree at rest");
    expect(store.handBack()).toHaveLength(share.groups.length);
    store.endSeal();
    expect(store.takeChanges(1)).toEqual([]);
  });
});
