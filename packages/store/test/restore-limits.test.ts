// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { isZetaError } from "@zeta/protocol/error";
import { DIGEST_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import { EPOCH_MAX } from "@zeta/protocol/timestamp";
import { describe, expect, it } from "vitest";
import { RECORDS_MAX } from "../src/limits.ts";
import { type StoredRecord, type StoreOptions, StoreWorker } from "../src/store-worker.ts";
import { shareOut } from "../src/wasm/share-out.ts";
import { MonitoredStore } from "./support/monitored-store.ts";

const OPTIONS = { thread: 0, threads: 1, slots: 16, valueMemoryBytes: 4 << 20 } as const;
const GET = { function: 0, argument: Uint8Array.of(1), requestId: null };

function fresh(options: Partial<StoreOptions> = {}): StoreWorker {
  return new StoreWorker({ ...OPTIONS, ...options });
}

const record = (number: number, value: Uint8Array | null = null): StoredRecord => {
  return { digest: blake3Digest(Uint8Array.of(number)), value };
};
const some = (count: number) => Array.from({ length: count }, (_, i) => record(i));

function codeOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return error.code;
  }
}

function expectUseless(store: StoreWorker): void {
  const uses = [
    () => store.execute(GET),
    () => store.restore([]),
    () => store.finishRestore(),
    () => store.beginEpochClose(),
    () => store.seal(),
    () => store.takeChanges(1),
    () => store.rootValue,
  ];
  expect(uses.map(codeOf)).toEqual(uses.map(() => "assertion"));
}

describe("restoring", () => {
  it("takes as many records as the store may have, and not one more", () => {
    const store = fresh({ recordsMax: 5 });
    store.restore(some(3));
    store.restore(some(5).slice(3));
    store.finishRestore();
    expect(store.recordCount).toBe(5);
    expect(codeOf(() => store.execute({ ...GET, argument: Uint8Array.of(9) }))).toBe("store_full");
    const other = fresh({ recordsMax: 5 });
    other.restore(some(4));
    expect(codeOf(() => other.restore(some(6).slice(4)))).toBe("store_full");
    expectUseless(other);
  });

  it("takes no more values than there is memory for", () => {
    const store = fresh({ recordsMax: RECORDS_MAX });
    const value = new Uint8Array(VALUE_BYTES_MAX);
    let taken = 0;
    const code = codeOf(() => {
      for (; taken < 256; taken++) store.restore([record(taken, value)]);
    });
    expect(code).toBe("store_full");
    expect(taken).toBeGreaterThan(0);
    expectUseless(store);
  });

  it.each([
    ["a digest that is too short", { digest: new Uint8Array(DIGEST_BYTES - 1), value: null }],
    ["one that is too long", { digest: new Uint8Array(DIGEST_BYTES + 1), value: null }],
    ["a value that is too long", record(1, new Uint8Array(VALUE_BYTES_MAX + 1))],
  ])("refuses %s", (_, bad) => {
    const store = fresh();
    store.restore([record(1)]);
    expect(codeOf(() => store.restore([record(2), bad]))).toBe("restore_invalid");
    expectUseless(store);
  });

  it.each([
    ["of two", [record(1), record(1)]],
    ["with another value", [record(1), record(2), record(3), record(1, Uint8Array.of(1))]],
    ["of all", Array.from({ length: 100 }, () => record(1))],
  ])("refuses a key twice: %s", (_, records) => {
    const store = fresh();
    for (const one of records) store.restore([one]);
    expect(codeOf(() => store.finishRestore())).toBe("restore_invalid");
    expectUseless(store);
  });

  it("comes before everything else, and ends", () => {
    const used = fresh();
    used.execute(GET);
    expect(codeOf(() => used.restore(some(1)))).toBe("assertion");
    const closed = fresh();
    closed.beginEpochClose();
    expect(codeOf(() => closed.finishRestore())).toBe("assertion");
    const begun = fresh();
    begun.restore([]);
    expect(codeOf(() => begun.execute(GET))).toBe("assertion");
    expect(codeOf(() => begun.seal())).toBe("assertion");
    expect(codeOf(() => begun.rootValue)).toBe("assertion");
    begun.finishRestore();
    expect(codeOf(() => begun.execute(GET))).toBe(null);
    expect(codeOf(() => begun.restore([]))).toBe("assertion");
    const twice = fresh();
    twice.finishRestore();
    expect(codeOf(() => twice.finishRestore())).toBe("assertion");
  });

  it("finds each of thousands, and makes others beside them", () => {
    const store = fresh();
    const keyOf = (i: number) => utf8(`key ${i}`);
    const stored = Array.from({ length: 5000 }, (_, i) => {
      return { digest: blake3Digest(keyOf(i)), value: keyOf(i) };
    });
    store.restore(stored);
    store.finishRestore();
    for (let i = 0; i < 8000; i++) {
      const { result } = store.execute({ ...GET, argument: keyOf(i) });
      expect(result.length).toBe(i < 5000 ? 1 + keyOf(i).length : 1);
    }
    expect(store.recordCount).toBe(8000);
    store.seal();
    expect(store.takeChanges(10_000).length).toBe(3000);
  });

  it("copies what it is given", () => {
    const store = fresh();
    const { digest, value } = record(1, Uint8Array.of(7));
    store.restore([{ digest, value }]);
    digest.fill(0);
    value?.fill(0);
    store.finishRestore();
    expect([...store.execute(GET).result]).toEqual([1, 7]);
  });
});

describe("the first epoch", () => {
  it("is one that there is", () => {
    for (const firstEpoch of [-1, 0.5, Number.NaN, EPOCH_MAX + 1]) {
      expect(codeOf(() => fresh({ firstEpoch }))).toBe("store_options");
    }
    for (const firstEpoch of [0, 1, EPOCH_MAX])
      expect(fresh({ firstEpoch }).epoch).toBe(firstEpoch);
  });

  it("is 0 for several workers", () => {
    const share = shareOut(2, "bytes").shares[0]!;
    const shape = { threads: 2, share, slots: 64 };
    expect(codeOf(() => fresh({ ...shape, firstEpoch: 1 }))).toBe("store_options");
    expect(codeOf(() => fresh({ ...shape, firstEpoch: 0 }))).toBe(null);
  });

  it.each([1, 300, 2 ** 31 - 1, 2 ** 31, EPOCH_MAX - 3])("%d: work goes on from there", (epoch) => {
    const start = { epoch, root: EMPTY_ROOT_VALUE };
    const checked = new MonitoredStore({ kind: "wasm", slots: 8 }, { start, records: [] });
    for (let i = 0; i < 40; i++) checked.put(Uint8Array.of(i), Uint8Array.of(i));
    checked.closeEpoch(3, () => checked.get(Uint8Array.of(1)));
    checked.get(Uint8Array.of(7));
    checked.seal();
    expect(checked.store.epoch).toBe(epoch + 2);
    expect(checked.store.takeChanges(100).length).toBe(40);
  });

  it("may be the last, which no other follows", () => {
    const start = { epoch: EPOCH_MAX, root: EMPTY_ROOT_VALUE };
    const checked = new MonitoredStore({}, { start, records: [] });
    checked.put(Uint8Array.of(1), Uint8Array.of(1));
    checked.feed();
    expect(codeOf(() => checked.store.beginEpochClose())).toBe("assertion");
    expect(codeOf(() => checked.store.seal())).toBe("assertion");
  });
});
