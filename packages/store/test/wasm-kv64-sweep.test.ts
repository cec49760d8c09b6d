// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { Kv64Monitored, type Kv64Operation } from "./support/kv64-monitored.ts";
import { Random } from "./support/random.ts";

/** What the close of an epoch does with cold elements, and large batches over few slots. */

const KEYS = Array.from({ length: 2000 }, (_, i) =>
  BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n),
);

function put(key: bigint): Kv64Operation {
  return { kind: "put", key, value: key >> 1n };
}

describe.each([1, 7, 1000, undefined])("a sweep in rounds of %s", (roundMax) => {
  it("puts what is cold back into the tree, and leaves the slots to the records that are used", () => {
    const warmth = { recordEpochs: 1, nodeEpochs: 1, demotionsMax: 100_000 };
    const checked = new Kv64Monitored({ slots: 200, recordsMax: 2000, warmth });
    checked.run(KEYS.map(put));
    const hot = KEYS.slice(0, 100);
    const useHot = () => {
      for (let round = 0; round < 4; round++) checked.run(hot.map((key) => ({ kind: "get", key })));
    };
    useHot();
    checked.closeEpoch();
    useHot();
    checked.store.setWarmth({ ...warmth, ...(roundMax === undefined ? {} : { roundMax }) });
    checked.closeEpoch();
    // The hundred that are used, save for what a path in the tree needs while it is swept.
    expect(checked.store.statistics.hot).toBeGreaterThanOrEqual(80);
    // Nodes above the borders of rounds (of 256 ranges, so eight levels) may have to wait for another close each.
    for (let close = 0; close < 9; close++) checked.closeEpoch();
    const { hot: inSlots, warm, nodesWarm, cold } = checked.store.statistics;
    expect({ warm, nodesWarm }).toEqual({ warm: 0, nodesWarm: 0 });
    expect(cold).toBe(KEYS.length - inSlots);
    checked.run(KEYS.map((key) => ({ kind: "get", key })));
    checked.closeEpoch();
  });
});

it.each([4, 5, 17, 64, 300])("batches of up to 300 operations, %i slots", (slots) => {
  const seed = 100 + slots;
  const random = new Random(seed);
  const checked = new Kv64Monitored({ slots, recordsMax: 2000 });
  for (let batch = 0; batch < 30; batch++) {
    const operations = Array.from({ length: 1 + random.below(300) }, (): Kv64Operation => {
      const key = KEYS[Math.floor(random.real() ** 3 * KEYS.length)]!;
      return random.below(2) === 0 ? put(key) : { kind: "get", key };
    });
    checked.run(operations);
    if (batch % 7 === 6) checked.closeEpoch(50);
  }
  checked.closeEpoch();
  checked.closeEpoch();
});
