// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { KV64_PLACEMENTS, type WarmthPolicy } from "../src/wasm/kv64-store.ts";
import { Kv64Monitored, type Kv64Operation, type Kv64Shape } from "./support/kv64-monitored.ts";
import { Random } from "./support/random.ts";

/** Honest work certifies, whatever the placement, the slots, the keys' shape and the pauses of an epoch's close. */

interface Workload extends Kv64Shape {
  readonly seed: number;
  readonly keys: bigint[];
  readonly operations: number;
  /** Mean operations between the end of one close and the start of the next. */
  readonly epochOperations: number;
  /** Elements per step of an epoch's close. */
  readonly budget: number;
}

/** Small numbers, random numbers, and numbers that share long prefixes (of their low bits, where paths begin). */
const KEY_SHAPES = {
  dense: (i: number) => BigInt(i),
  random: (_: number, random: Random) =>
    (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32)),
  deep: (i: number) => BigInt.asUintN(64, (BigInt(i % 7) << 61n) ^ (1n << BigInt(i % 61))),
} as const;

function keysOf(shape: keyof typeof KEY_SHAPES, count: number, random: Random): bigint[] {
  return Array.from({ length: count }, (_, i) => KEY_SHAPES[shape](i, random));
}

function runWorkload(load: Workload): Kv64Monitored {
  const random = new Random(load.seed);
  const checked = new Kv64Monitored(load);
  let left = load.operations;
  const step = () => {
    const batch = Array.from({ length: 1 + random.below(12) }, () => operation(load.keys, random));
    checked.run(batch);
    left -= batch.length;
  };
  const sometimes = () => {
    if (random.below(4) === 0) step();
  };
  while (left > 0) {
    step();
    if (random.below(load.epochOperations) < 6) checked.closeEpoch(load.budget, sometimes);
  }
  // Two more epochs: whatever is left over from the last operations must balance as well.
  checked.closeEpoch(load.budget);
  checked.closeEpoch(load.budget);
  return checked;
}

function operation(keys: readonly bigint[], random: Random): Kv64Operation {
  // A square makes small numbers likely: some keys are hot, some are touched once.
  const key = keys[Math.floor(random.real() ** 2 * keys.length)]!;
  if (random.below(2) === 0) return { kind: "get", key };
  return { kind: "put", key, value: BigInt(random.below(2 ** 32)) << 32n };
}

const WARMTHS: Record<string, WarmthPolicy> = {
  "cold at once": { recordEpochs: 0, nodeEpochs: 0, demotionsMax: 1000 },
  "warm for 2, in rounds": { recordEpochs: 2, nodeEpochs: 1, demotionsMax: 20, roundMax: 3 },
};

describe("honest work certifies", () => {
  let seed = 1;
  for (const placement of KV64_PLACEMENTS.filter((name) => name !== "unverified")) {
    for (const [warmthName, warmth] of Object.entries(WARMTHS)) {
      for (const shape of ["dense", "random", "deep"] as const) {
        for (const slots of [4, 5, 7, 16, 60, 400]) {
          const number = seed++;
          const [epochOperations, budget] = [
            [12, 1],
            [50, 1],
            [200, 7],
          ][number % 3] as [number, number];
          it(`${placement}, ${warmthName}, ${shape} keys, ${slots} slots, seed ${number}`, () => {
            const checked = runWorkload({
              seed: number,
              kind: number % 5 === 0 ? "reference" : "wasm",
              slots,
              placement,
              warmth,
              keys: keysOf(shape, 100, new Random(number)),
              operations: 600,
              epochOperations,
              budget,
            });
            expect(checked.store.recordCount).toBe(checked.model.size);
            expect(checked.store.recordCount).toBeGreaterThan(30);
            for (const [key, value] of checked.model) expect(checked.store.peek(key)).toBe(value);
          });
        }
      }
    }
  }
});
