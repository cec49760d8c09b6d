// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { Percentiles } from "../../src/ycsb/percentiles.ts";
import { seededRandom } from "../../src/ycsb/random.ts";

it("tells nearest-rank percentiles of weighted samples", () => {
  const seed = 7;
  const random = seededRandom(seed);
  const weighted = new Percentiles();
  const plain: number[] = [];
  for (let i = 0; i < 3000; i++) {
    const value = random.below(500);
    const weight = 1 + random.below(9);
    weighted.add(value, weight);
    for (let n = 0; n < weight; n++) plain.push(value);
  }
  plain.sort((a, b) => a - b);
  const ratios = [0.5, 0.5, 0.9, 0.99, 1];
  const expected = ratios.map((ratio) => plain[Math.ceil(ratio * plain.length) - 1]);
  expect(weighted.at(...ratios), `seed ${seed}`).toEqual(expected);
  expect(weighted.count).toBe(plain.length);
});

it("has no percentile without samples", () => {
  expect(new Percentiles().at(0.5, 0.99)).toEqual([null, null]);
});
