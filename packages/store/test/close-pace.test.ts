// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { ClosePace } from "../src/close-pace.ts";

/** Closes one after the other; `msOf` says how long one takes with so many epochs. What holds after each. */
function converge(pace: ClosePace, closes: number, msOf: (epochs: number) => number): number[] {
  return Array.from({ length: closes }, () => {
    pace.learn(msOf(pace.recordEpochs));
    return pace.recordEpochs;
  });
}

describe("how long records stay warm follows the time of closes", () => {
  test("short closes change nothing", () => {
    const pace = new ClosePace(24, 500);
    expect(converge(pace, 50, () => 100)).toEqual(new Array(50).fill(24));
  });

  test("closes that take too long halve it at most, and nothing more happens before that shows", () => {
    const pace = new ClosePace(24, 500);
    expect([5000, 800, 900].map((ms) => pace.learn(ms))).toEqual([false, false, true]);
    expect(pace.recordEpochs).toBe(15);
    for (let close = 0; close < 15 + 2; close++) expect(pace.learn(10_000)).toBe(false);
    expect(pace.learn(10_000)).toBe(true);
    expect(pace.recordEpochs).toBe(7);
  });

  test("a long close now and then is no reason", () => {
    const pace = new ClosePace(24, 500);
    for (let close = 0; close < 100; close++) {
      expect(pace.learn(close % 3 === 0 ? 100 : 5000)).toBe(false);
    }
  });

  test("it comes to rest below the limit, without going up and down", () => {
    const pace = new ClosePace(24, 500);
    const steps = converge(pace, 300, (epochs) => 60 * epochs);
    expect(new Set(steps.slice(100)).size).toBe(1);
    expect(60 * pace.recordEpochs).toBeLessThanOrEqual(500);
    expect(60 * pace.recordEpochs).toBeGreaterThan(250);
  });

  test("when closes are short again records stay warm for longer, up to what the policy says", () => {
    const pace = new ClosePace(24, 500);
    converge(pace, 200, (epochs) => 100 * epochs);
    expect(pace.recordEpochs).toBeLessThanOrEqual(5);
    converge(pace, 400, (epochs) => 5 * epochs);
    expect(pace.recordEpochs).toBe(24);
  });

  test("it never ends below one, however long closes take, and nothing warm stays nothing", () => {
    const pace = new ClosePace(3, 1);
    converge(pace, 50, () => 1e9);
    expect(pace.recordEpochs).toBe(1);
    const cold = new ClosePace(0, 1);
    expect(cold.learn(1e9)).toBe(false);
    expect(cold.recordEpochs).toBe(0);
  });

  test("no time at all is a programmer's error", () => {
    expect(() => new ClosePace(24, 0)).toThrow("positive time");
  });
});
