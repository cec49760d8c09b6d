// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { anyTransaction } from "@zeta/monitor/test/support/transactions";
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { applyKv, type KvOperation, kvKeys } from "@zeta/protocol/kv";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { describe, expect, it } from "vitest";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "../src/placement-policy.ts";
import type { StoredRecord } from "../src/store-worker.ts";
import { peek } from "../src/tampering.ts";
import { BareStore } from "./support/bare-store.ts";
import { MonitoredStore, type Shape } from "./support/monitored-store.ts";

const KEYS = Array.from({ length: 120 }, (_, i) => utf8(`key ${i}`));
/** Around the ends of blocks and chunks: a value is hashed behind a tag. */
const LENGTHS = [0, 1, 8, 62, 63, 64, 65, 127, 128, 300, 1022, 1023, 1024, 1025];

/** A service that is stopped and started again: what is stored, and what its records should be. */
class World {
  readonly #random: Random;
  readonly #shape: Shape;
  readonly #stored = new Map<string, StoredRecord>();
  readonly #values = new Map<string, Uint8Array | null>();
  running: MonitoredStore;

  constructor(random: Random, shape: Shape) {
    this.#random = random;
    this.#shape = shape;
    this.running = new MonitoredStore(shape);
  }

  /** Operations for every store that is given, with the same answers. */
  operate(count: number, stores: readonly MonitoredStore[]): void {
    for (let i = 0; i < count; i++) {
      const operation = this.#anyOperation();
      const expected = this.#apply(operation);
      for (const store of stores) expect(store.run(operation)).toEqual(expected);
    }
  }

  #apply(operation: KvOperation) {
    const keys = kvKeys(operation);
    const { result, after } = applyKv(operation, keys.map(this.#read));
    for (const [i, key] of keys.entries()) this.#values.set(toHex(key), after[i] ?? null);
    return result;
  }

  readonly #read = (key: Uint8Array) => this.#values.get(toHex(key)) ?? null;

  #anyOperation(): KvOperation {
    const random = this.#random;
    const value = () => random.bytes(random.pick(LENGTHS));
    // A square makes small numbers likely: some keys are used all the time, others once.
    const key = KEYS[Math.floor((random.below(1000) / 1000) ** 2 * KEYS.length)]!;
    const kind = random.below(10);
    if (kind < 3) return { operation: "get", key };
    if (kind < 4) return { operation: "delete", key };
    if (kind < 8) return { operation: "put", key, value: value() };
    return anyTransaction(random, { keys: KEYS, read: this.#read, value }, 5);
  }

  /** Saves what the running store, which is sealed, has changed. */
  save(): StoredRecord[] {
    const changes = takeAll(this.running, 1 + this.#random.below(20));
    for (const record of changes) this.#stored.set(toHex(record.digest), record);
    return changes;
  }

  /** What was saved, in another order each time. */
  restart(): MonitoredStore {
    const { epoch, rootValue } = this.running.store;
    const records = this.#random.shuffled([...this.#stored.values()]);
    const restored = new MonitoredStore(this.#shape, {
      start: { epoch, root: rootValue },
      records,
    });
    restored.requests = this.running.requests;
    return restored;
  }
}

/** All changes, a few at a time, in copies. */
function takeAll({ store }: MonitoredStore, max: number): StoredRecord[] {
  const all: StoredRecord[] = [];
  for (;;) {
    const some = store.takeChanges(max);
    expect(some.length).toBeLessThanOrEqual(max);
    if (some.length === 0) return all;
    for (const { digest, value } of some) {
      all.push({ digest: digest.slice(), value: value?.slice() ?? null });
    }
  }
}

function byDigest(records: readonly StoredRecord[]): Map<string, string | null> {
  const pairs = records.map(({ digest, value }): [string, string | null] => {
    return [toHex(digest), value === null ? null : toHex(value)];
  });
  const map = new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
  expect(map.size).toBe(records.length);
  return map;
}

/** Both did the same work since the restart: they must tell the same, and be the same. */
function expectSame(old: MonitoredStore, restored: MonitoredStore, epochs: number): void {
  expect(restored.monitor.events.length).toBe(epochs);
  expect(restored.monitor.events).toEqual(old.monitor.events.slice(-epochs));
  expect(toHex(restored.store.rootValue)).toBe(toHex(old.store.rootValue));
  expect(restored.store.epoch).toBe(old.store.epoch);
}

describe("a store that is stopped and started again", () => {
  const policies = {
    "warm while used lately": undefined,
    "warm for 1": warmFor(1),
    "merkle only": MERKLE_ONLY,
    "deferred only": DEFERRED_ONLY,
  };
  for (const [name, policy] of Object.entries(policies)) {
    for (const [slots, seed] of [
      [8, 1],
      [9, 2],
      [300, 3],
    ] as const) {
      it(`goes on as if nothing had happened: ${name}, ${slots} slots, seed ${seed}`, () => {
        const kind = seed % 2 === 0 ? "reference" : "wasm";
        const world = new World(new Random(seed), { kind, slots, ...(policy && { policy }) });
        for (let restarts = 0; restarts < 2; restarts++) {
          world.operate(60, [world.running]);
          world.running.closeEpoch(7);
          world.operate(20, [world.running]);
          world.running.seal();
          world.save();
          const old = world.running;
          const restored = world.restart();
          expect(toHex(restored.store.rootValue)).toBe(toHex(old.store.rootValue));
          expect(restored.store.takeChanges(10)).toEqual([]);
          restored.expectSameSlots();
          for (let epoch = 0; epoch < 2; epoch++) {
            world.operate(30, [old, restored]);
            old.closeEpoch(5);
            restored.closeEpoch(5);
            restored.expectSameSlots();
          }
          world.operate(10, [old, restored]);
          old.seal();
          restored.seal();
          expectSame(old, restored, 3);
          world.running = restored;
          expect(byDigest(world.save())).toEqual(byDigest(takeAll(old, 1000)));
        }
      });
    }
  }
});

describe("what is restored", () => {
  const records = (count: number): StoredRecord[] =>
    Array.from({ length: count }, (_, i) => {
      const key = KEYS[i]!;
      return { digest: blake3Digest(key), value: i % 3 === 0 ? null : key };
    });

  /** The root of a store in which calls made the records. */
  function rootByCalls(stored: readonly StoredRecord[]): Uint8Array {
    const checked = new MonitoredStore({ kind: "wasm" });
    for (const [i, { value }] of stored.entries()) {
      if (value === null) checked.get(KEYS[i]!);
      else checked.put(KEYS[i]!, value);
    }
    checked.seal();
    return checked.store.rootValue;
  }

  function goOn(stored: readonly StoredRecord[], root: Uint8Array, epoch = 7): MonitoredStore {
    return new MonitoredStore({ kind: "wasm" }, { start: { epoch, root }, records: stored });
  }

  it.each([0, 1, 2, 3, 4, 5, 9, 120])("%d records, absent ones among them", (count) => {
    const stored = records(count);
    const root = count === 0 ? EMPTY_ROOT_VALUE : rootByCalls(stored);
    const checked = goOn(stored.toReversed(), root);
    expect(toHex(checked.store.rootValue)).toBe(toHex(root));
    expect(checked.store.statistics).toMatchObject({
      ...{ hot: 0, warm: 0, cold: count },
      ...{ nodesHot: 1, nodesWarm: 0, slotsUsed: 1, logBytes: 0 },
    });
    for (const [i, { value }] of stored.entries()) {
      expect(checked.get(KEYS[i]!)).toEqual(value);
    }
    checked.closeEpoch();
    checked.expectSameSlots();
  });

  it("absent records alone", () => {
    const stored = records(40).map(({ digest }) => ({ digest, value: null }));
    const checked = goOn(stored, rootByCalls(stored));
    for (let i = 0; i < 50; i++) expect(checked.get(KEYS[i]!)).toBe(null);
    checked.closeEpoch();
  });

  it("values of all lengths, the longest too", () => {
    const lengths = [...LENGTHS, 2048, 4096, 4097, 65_536, VALUE_BYTES_MAX - 1, VALUE_BYTES_MAX];
    const random = new Random(5);
    const stored = lengths.map((length, i) => ({
      digest: blake3Digest(KEYS[i]!),
      value: new Uint8Array(length).fill(random.below(256)),
    }));
    const checked = goOn(stored, rootByCalls(stored));
    for (const [i, { value }] of stored.entries()) {
      expect(Buffer.compare(checked.get(KEYS[i]!)!, value)).toBe(0);
    }
    checked.seal();
    expect(checked.store.takeChanges(100)).toEqual([]);
  });

  it("records whose paths part late, even at the very last bit", () => {
    const first = new Uint8Array(32).fill(0x5a);
    const others = [0, 1, 7, 8, 63, 64, 65, 127, 191, 192, 200, 254, 255].map((bit) => {
      const digest = first.slice();
      digest[31 - (bit >> 3)]! ^= 1 << (bit & 7);
      return digest;
    });
    const digests = [first, ...others];
    const bare = new BareStore("wasm", 300, warmFor(1));
    for (const digest of digests) bare.insert(digest);
    bare.store.seal();
    const { epoch, rootValue } = bare.store;
    const stored = digests.map((digest) => ({ digest, value: null }));
    const checked = new MonitoredStore(
      { kind: "reference", slots: 300 },
      { start: { epoch, root: rootValue }, records: stored },
    );
    expect(toHex(checked.store.rootValue)).toBe(toHex(rootValue));
    expect(checked.store.statistics.nodes).toBe(bare.store.statistics.nodes);
    checked.get(KEYS[0]!);
    checked.closeEpoch();
  });

  it("is cold, whatever the epoch: who is used once goes back to the tree", () => {
    const stored = records(120);
    const root = rootByCalls(stored);
    const found = [200, 1, 3, 255, 256, 258, 2 ** 31, EPOCH_MAX - 2].map((epoch) => {
      const shape = { kind: "wasm", slots: 8 } as const;
      const checked = new MonitoredStore(shape, { start: { epoch, root }, records: stored });
      for (const [i, { value }] of stored.entries()) expect(checked.get(KEYS[i]!)).toEqual(value);
      const before = checked.store.statistics;
      checked.closeEpoch();
      expect(checked.store.epoch).toBe(epoch + 1);
      return [before, checked.store.statistics];
    });
    expect(found[0]?.map(({ warm }) => warm)).toEqual([0, 0]);
    for (const statistics of found) expect(statistics).toEqual(found[0]);
  });
});

describe("records that are not those of the root", () => {
  const [alice, bob] = [utf8("alice"), utf8("bob")];

  /** A store whose host changed what was stored, beside a monitor that begins where the honest one ended. */
  function lying(change: (records: StoredRecord[]) => StoredRecord[]): MonitoredStore {
    const honest = new MonitoredStore({ kind: "wasm" });
    honest.put(alice, utf8("100"));
    honest.put(bob, utf8("200"));
    honest.seal();
    const { epoch, rootValue } = honest.store;
    const records = change(takeAll(honest, 10));
    const checked = new MonitoredStore(
      { kind: "wasm" },
      { start: { epoch, root: rootValue }, records },
    );
    expect(toHex(checked.store.rootValue)).not.toBe(toHex(rootValue));
    return checked;
  }

  const isAlice = ({ digest }: StoredRecord) => toHex(digest) === toHex(blake3Digest(alice));

  it("a changed value is refused where it comes in (M.hash)", () => {
    const checked = lying((records) =>
      records.map((record) => (isAlice(record) ? { ...record, value: utf8("999") } : record)),
    );
    expect(checked.get(alice)).toEqual(utf8("999"));
    expect(checked.feedLies()).toBe("M.hash");
    expect(checked.certified).toBe(null);
  });

  it("a record that is left out cannot be denied", () => {
    const checked = lying((records) => records.filter((record) => !isAlice(record)));
    expect(checked.get(alice)).toBe(null);
    expect(checked.feedLies()).toMatch(/^M\./);
  });

  it("a record that never was is refused", () => {
    const eve = { digest: blake3Digest(utf8("eve")), value: utf8("1") };
    const checked = lying((records) => [...records, eve]);
    expect(checked.get(utf8("eve"))).toEqual(utf8("1"));
    expect(checked.feedLies()).toMatch(/^M\./);
  });

  it("the honest ones are told as they were", () => {
    const honest = new MonitoredStore({});
    honest.put(alice, utf8("100"));
    honest.seal();
    const { epoch, rootValue: root } = honest.store;
    const checked = new MonitoredStore({}, { start: { epoch, root }, records: takeAll(honest, 1) });
    expect(peek(checked.store, alice)).toEqual(utf8("100"));
  });
});
