// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { tryWorld } from "../src/completeness/worlds.ts";

const WORLDS = 90;

test("honest worlds certify every epoch", { timeout: 120_000 }, () => {
  let epochs = 0;
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { failure, counts } = tryWorld(seed);
    expect(failure).toBeNull();
    epochs += counts.epochs ?? 0;
  }
  expect(epochs).toBeGreaterThan(WORLDS);
});
