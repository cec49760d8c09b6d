// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isZetaError } from "@zeta/protocol/error";
import { FRAME_BYTES_MAX, SLOTS_MAX } from "@zeta/protocol/limits";
import { describe, expect, it } from "vitest";
import {
  ABSENT,
  BATCH_MAX,
  DEMOTIONS_MAX,
  FOUND,
  GET,
  KV64_PLACEMENTS,
  Kv64Store,
  PUT,
  RECORDS_MAX,
  REFUSED,
  SLOTS_MIN,
  SWEEP_MAX,
} from "../src/wasm/kv64-store.ts";
import { Kv64Monitored, storeModule } from "./support/kv64-monitored.ts";

const put = (key: bigint, value: bigint) => ({ kind: "put", key, value }) as const;
const get = (key: bigint) => ({ kind: "get", key }) as const;

function codeOf(action: () => unknown): string | null {
  try {
    action();
  } catch (error) {
    return isZetaError(error) ? error.code : "not a ZetaError";
  }
  return null;
}

describe("numbers that no store can work with are refused", () => {
  const create = (slots: number, recordsMax: number) =>
    codeOf(() => new Kv64Store({ module: storeModule, slots, recordsMax }));

  it.each([
    [SLOTS_MIN - 1, 1, "store_options"],
    [SLOTS_MIN, 1, null],
    [SLOTS_MAX, 1, null],
    [SLOTS_MAX + 1, 1, "store_options"],
    [4.5, 1, "store_options"],
    [SLOTS_MIN, 0, "store_options"],
    [SLOTS_MIN, RECORDS_MAX + 1, "store_options"],
    // Within what can be numbered, beyond what 4 GiB hold.
    [SLOTS_MIN, RECORDS_MAX, "store_options"],
  ])("%d slots, %d records: %s", (slots, records, code) => {
    expect(create(slots, records)).toBe(code);
  });

  it("demotions, rounds, batches", () => {
    const store = new Kv64Store({ module: storeModule, slots: 4, recordsMax: 1 });
    const warmth = { recordEpochs: 1, nodeEpochs: 1 };
    const demotions = (demotionsMax: number) =>
      codeOf(() => store.setWarmth({ ...warmth, demotionsMax }));
    expect(demotions(DEMOTIONS_MAX)).toBeNull();
    expect(demotions(DEMOTIONS_MAX + 1)).toBe("store_options");
    const round = (roundMax: number) =>
      codeOf(() => store.setWarmth({ ...warmth, demotionsMax: 1, roundMax }));
    expect(round(SWEEP_MAX)).toBeNull();
    expect(round(SWEEP_MAX + 1)).toBe("store_options");
    expect(round(0)).toBe("store_options");
    expect(codeOf(() => store.run(BATCH_MAX, () => {}))).toBeNull();
    expect(codeOf(() => store.run(BATCH_MAX + 1, () => {}))).toBe("assertion");
  });

  it("the module has the same limits", () => {
    const source = readFileSync(new URL("../assembly/profile.ts", import.meta.url), "utf8");
    const numbers = { FRAME_BYTES_MAX, SLOTS_MAX, BATCH_MAX, SLOTS_MIN };
    for (const [name, limit] of Object.entries(numbers)) {
      expect(source).toContain(`export const ${name}: u32 = ${limit};`);
    }
    expect(source).toContain("RECORDS_MAX: u32 = (1 << 26) - 2;");
    expect(source).toContain("SWEEP_MAX: u32 = 1 << 18;");
  });
});

describe.each(KV64_PLACEMENTS)("a full store, %s", (placement) => {
  it("refuses one more record, and goes on with those that it has", () => {
    const recordsMax = 10;
    const store = new Kv64Store({ module: storeModule, slots: 8, recordsMax, placement });
    const { words, kinds } = store.batch;
    for (let i = 0; i < 12; i++) {
      words.set([BigInt(i), 100n + BigInt(i)], 2 * i);
      kinds[i] = PUT;
    }
    store.run(12, () => {});
    expect([...kinds.subarray(0, 12)]).toEqual([...Array(10).fill(ABSENT), REFUSED, REFUSED]);
    expect(store.recordCount).toBe(10);
    words.set([3n, 0n, 10n, 0n]);
    kinds.set([GET, GET]);
    store.run(2, () => {});
    expect([...kinds.subarray(0, 2)]).toEqual([FOUND, ABSENT]);
    expect(words[1]).toBe(103n);
  });
});

it("a refused record leaves no trace in the log", () => {
  const checked = new Kv64Monitored({ slots: 5, recordsMax: 4 });
  checked.run([put(1n, 1n), put(2n, 2n), put(3n, 3n), put(4n, 4n)]);
  const { words, kinds } = checked.store.batch;
  words.set([5n, 5n]);
  kinds[0] = PUT;
  const { frames } = checked;
  checked.store.run(1, checked.sink);
  expect(kinds[0]).toBe(REFUSED);
  expect(checked.frames).toBe(frames);
  checked.closeEpoch();
  checked.run([get(1n), get(4n)]);
  checked.closeEpoch();
});

it("the index grows with the records", () => {
  const records = 20_000;
  const checked = new Kv64Monitored({ slots: 100, recordsMax: records });
  const key = (i: number) => BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n);
  for (let i = 0; i < records; i += 1000) {
    checked.run(Array.from({ length: 1000 }, (_, j) => put(key(i + j), BigInt(i + j))));
  }
  checked.run([get(key(0)), get(key(9_999)), get(key(records - 1)), get(key(records))]);
  expect(checked.store.recordCount).toBe(records);
  checked.closeEpoch(5000);
  checked.closeEpoch(5000);
});

it("a batch whose log is longer than a frame takes several frames", () => {
  // Sixty nodes above each key; every operation brings the whole path in and puts it back.
  const checked = new Kv64Monitored({ slots: 100, placement: "merkle" });
  const keys = Array.from({ length: 64 }, (_, i) => 1n << BigInt(i));
  checked.run(keys.map((key) => put(key, key)));
  const { frames } = checked;
  checked.run(Array.from({ length: 2000 }, (_, i) => get(keys[i % 64] as bigint)));
  expect(checked.frames).toBeGreaterThan(frames + 1);
  checked.closeEpoch();
});

it("an epoch whose counter comes near its end is ended", () => {
  const checked = new Kv64Monitored({ slots: 4, epochCounterMax: 50 });
  for (let round = 0; round < 10; round++) {
    checked.run(Array.from({ length: 30 }, (_, i) => put(BigInt(i), BigInt(round))));
  }
  expect(checked.store.epoch).toBeGreaterThan(3);
  if (checked.store.closing === null) checked.store.beginEpochClose();
  while (!checked.store.continueEpochClose(10, checked.sink));
  expect(checked.monitor.maxCertifiedEpoch).toBe(checked.store.epoch - 1);
});

describe("a stored value changed underneath is found out", () => {
  it("in deferred memory: the epoch does not balance", () => {
    const checked = new Kv64Monitored({ slots: 8 });
    checked.run([put(1n, 1n), put(2n, 2n)]);
    checked.closeEpoch();
    expect(checked.store.overwriteValue(1n, 99n)).toBe(true);
    const { words, kinds } = checked.store.batch;
    words.set([1n, 0n]);
    kinds[0] = GET;
    checked.store.run(1, checked.sink);
    expect(words[1]).toBe(99n);
    checked.store.beginEpochClose();
    while (!checked.store.continueEpochClose(10, checked.sink));
    expect(checked.monitor.maxCertifiedEpoch).toBe(0);
  });

  it("in the tree: the monitor refuses the record", () => {
    const checked = new Kv64Monitored({ slots: 8, placement: "merkle" });
    checked.run([put(1n, 1n), put(2n, 2n)]);
    checked.closeEpoch();
    expect(checked.store.overwriteValue(1n, 99n)).toBe(true);
    const { words, kinds } = checked.store.batch;
    words.set([1n, 0n]);
    kinds[0] = GET;
    const checks: (string | null)[] = [];
    checked.store.run(1, (frame) => checks.push(checked.monitor.verifyLog(0, frame).check));
    expect(checks).toEqual(["M.hash"]);
  });

  it("an unknown key cannot be", () => {
    const checked = new Kv64Monitored({ slots: 8 });
    expect(checked.store.overwriteValue(1n, 99n)).toBe(false);
    expect(checked.store.peek(1n)).toBeNull();
  });
});

it("operations are counted in the certificates", () => {
  const checked = new Kv64Monitored({ slots: 8 });
  checked.run([put(1n, 1n), get(1n), get(2n)]);
  checked.closeEpoch();
  // The get of a key without a value has no call in this profile.
  expect(checked.operations).toBe(2n);
});
