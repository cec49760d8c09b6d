// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { describe, expect, it } from "vitest";
import {
  DEFERRED_ONLY,
  MERKLE_ONLY,
  type PlacementPolicy,
  warmFor,
} from "../src/placement-policy.ts";
import { MonitoredStore } from "./support/monitored-store.ts";
import type { MonitorKind } from "./support/monitors.ts";
import { Random } from "./support/random.ts";

/** What the spec cannot promise and no proof covers: a store that follows the host's obligations always certifies. */

interface Workload {
  readonly seed: number;
  readonly kind: MonitorKind;
  readonly slots: number;
  readonly keys: number;
  readonly operations: number;
  /** Mean operations between the end of one close and the start of the next. */
  readonly epochOperations: number;
  /** Elements per step of an epoch's close. */
  readonly budget: number;
  readonly valueBytesMax: number;
  readonly policy: PlacementPolicy;
}

function runWorkload(load: Workload): void {
  const random = new Random(load.seed);
  const { slots, kind, policy } = load;
  const checked = new MonitoredStore({ kind, slots, policy });
  const model = new Map<string, Uint8Array>();
  let left = load.operations;
  const step = () => {
    runOperation(checked, model, random, load);
    if (random.below(8) === 0) checked.feed();
    left--;
  };
  const sometimes = () => {
    if (random.below(4) === 0) step();
  };
  while (left > 0) {
    step();
    if (random.below(load.epochOperations) === 0) checked.closeEpoch(load.budget, sometimes);
  }
  // Two more epochs: whatever is left over from the last calls must balance as well.
  checked.closeEpoch(load.budget);
  checked.closeEpoch(load.budget);
  expect(checked.store.recordCount).toBeGreaterThan(20);
  checked.expectSameSlots();
}

function runOperation(
  checked: MonitoredStore,
  model: Map<string, Uint8Array>,
  random: Random,
  load: Workload,
): void {
  // A square makes small numbers likely: some keys are hot, some are touched once.
  const name = `key${Math.floor(random.real() ** 2 * load.keys)}`;
  const key = utf8(name);
  const before = model.get(name) ?? null;
  const choice = random.below(10);
  if (choice < 5) {
    expect(checked.get(key)).toEqual(before);
  } else if (choice < 9) {
    const value = random.bytes(random.below(load.valueBytesMax + 1));
    expect(checked.put(key, value)).toBe(before !== null);
    model.set(name, value);
  } else {
    const result = checked.run({ operation: "delete", key });
    expect(result).toEqual({ existed: before !== null });
    model.delete(name);
  }
}

const POLICIES = {
  "warm for 0": warmFor(0),
  "warm for 2": warmFor(2),
  "merkle only": MERKLE_ONLY,
  "deferred only": DEFERRED_ONLY,
};

describe("honest work certifies", () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    for (const slots of [4, 5, 8, 13, 40, 300]) {
      for (const [epochOperations, budget] of [
        [3, 1],
        [25, 1],
        [90, 7],
      ] as const) {
        const seed = 1000 * slots + 10 * epochOperations + name.length;
        it(`${name}, ${slots} slots, epochs of ${epochOperations}, budget ${budget}, seed ${seed}`, () => {
          runWorkload({
            seed,
            kind: seed % 3 === 0 ? "reference" : "wasm",
            slots,
            keys: 80,
            operations: 160,
            epochOperations,
            budget,
            valueBytesMax: 200,
            policy,
          });
        });
      }
    }
  }
});
