// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { plotTrade } from "../../src/bench/store/trade-plot.ts";

const point = (epochMs: number, operationsPerSecond: number, certificationMs: number) => ({
  epochMs,
  operationsPerSecond,
  certificationMs,
});

it("the plot has a line per warm set, a label per epoch length, names of axes, and stays in its frame", () => {
  const series = [
    { recordEpochs: 1, points: [point(100, 1.5e6, 12), point(1000, 2.5e6, 90)] },
    { recordEpochs: 64, points: [point(100, 0.5e6, 200), point(1000, 4.4e6, 250)] },
  ];
  const svg = plotTrade(series, "a title");
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/<circle/g)).toHaveLength(4);
  for (const text of [
    "a title",
    "0.1 s",
    "warm 1 epoch<",
    "warm 64 epochs",
    "million verified op/s",
  ]) {
    expect(svg).toContain(text);
  }
  expect(svg).toContain("prefers-color-scheme: dark");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  const places = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
  for (const [, x, y] of places) {
    expect(Number(x)).toBeGreaterThanOrEqual(70);
    expect(Number(x)).toBeLessThanOrEqual(570);
    expect(Number(y)).toBeGreaterThanOrEqual(50);
    expect(Number(y)).toBeLessThanOrEqual(380);
  }
});
