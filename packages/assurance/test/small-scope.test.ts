// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { describe, expect, it } from "vitest";
import { alphabetOf } from "../src/small-scope/alphabet.ts";
import { compareOneLog } from "../src/small-scope/conformance.ts";
import { pairName, plainSearch } from "../src/small-scope/plain-search.ts";
import { search } from "../src/small-scope/search.ts";
import { isSequentiallyConsistent } from "../src/small-scope/sequential.ts";
import { World, type WorldShape } from "../src/small-scope/world.ts";
import {
  BESIDE,
  EPOCHS,
  LEAF,
  LEAVES,
  NODE,
  SEARCHES,
  STEM,
  TEETH,
} from "../src/small-scope/worlds.ts";

const SEED = 4;
const STATES_MAX = 2_000_000;

describe("the search through all logs of a small world", () => {
  it.each(SEARCHES)("finds no certified lie: $shape.name", ({ shape, sampled }) => {
    const result = search({ shape, bounds: { lengths: sampled, statesMax: STATES_MAX } });
    expect(result.certified).toBeGreaterThan(100);
    expect(result.example).toBeNull();
    expect(result.violations).toBe(0);
  });

  it.each(TEETH)("finds one when $rule is left out", ({ rule, shape, lengths }) => {
    const bounds = { lengths, statesMax: STATES_MAX };
    expect(search({ shape, bounds }).violations).toBe(0);
    expect(search({ shape, bounds, disabled: [rule] }).violations).toBeGreaterThan(0);
  });

  it.each<[WorldShape, readonly [number, number]]>([
    [LEAF, [4, 2]],
    [LEAF, [3, 3]],
    [{ ...LEAVES, counters: 2 }, [3, 2]],
    [EPOCHS, [4, 2]],
    [BESIDE, [3, 1]],
  ])("loses no certified pair by its short cuts: %o, lengths %o", (shape, lengths) => {
    const found = new Set<string>();
    search({
      shape,
      bounds: { lengths, statesMax: STATES_MAX },
      onCertified: (epoch, [first, second]) => {
        found.add(pairName(epoch, first, second));
        found.add(pairName(epoch, swapped(first), swapped(second)));
      },
    });
    const plain = plainSearch(new World(shape), lengths);
    expect(plain.size).toBeGreaterThan(10);
    const missed = [...plain].filter((pair) => !found.has(pair));
    expect(missed).toEqual([]);
  });
});

/** The calls with the values a and b exchanged. */
function swapped(calls: string): string {
  const exchange = [0, 2, 1];
  return Array.from(calls, (one) => {
    const code = one.charCodeAt(0);
    const before = exchange[Math.floor(code / 3) % 3] ?? 0;
    const after = exchange[code % 3] ?? 0;
    return String.fromCharCode(Math.floor(code / 9) * 9 + before * 3 + after);
  }).join("");
}

describe("the model of the search", () => {
  it.each([LEAF, LEAVES, EPOCHS, STEM, NODE, BESIDE])(
    "says what the monitors say: $name",
    (shape) => {
      const world = new World(shape);
      const random = new Random(SEED);
      const refusals = new Set<string>();
      let entries = 0;
      for (let i = 0; i < 150; i++) {
        const { difference, refused, entries: compared } = compareOneLog(world, random);
        expect(difference, `seed ${SEED}, log ${i}`).toBeNull();
        if (refused !== null) refusals.add(refused);
        entries += compared;
      }
      expect(entries).toBeGreaterThan(300);
      expect(refusals.size).toBeGreaterThan(5);
    },
  );

  it("counts its alphabet", () => {
    for (const shape of [LEAF, NODE, EPOCHS]) {
      const world = new World(shape);
      for (const thread of [0, 1] as const) {
        expect(alphabetOf(world, thread)).toHaveLength(world.alphabetSize(thread));
      }
    }
  });

  it("knows what is sequentially consistent", () => {
    const code = (key: number, before: number, after: number) =>
      String.fromCharCode((key * 3 + before) * 3 + after);
    const [put, read, readNothing] = [code(2, 0, 1), code(2, 1, 1), code(2, 0, 0)];
    expect(isSequentiallyConsistent(put + read, readNothing)).toBe(true);
    expect(isSequentiallyConsistent(read, put)).toBe(true);
    expect(isSequentiallyConsistent(put + readNothing, "")).toBe(false);
    expect(isSequentiallyConsistent(put, put)).toBe(false);
  });
});
