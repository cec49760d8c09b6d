// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { worldTrier } from "../src/completeness/worlds.ts";

const WORLDS = 50;

test("honest worlds certify every epoch", { timeout: 120_000 }, async () => {
  const tryWorld = await worldTrier();
  const sums: Record<string, number> = {};
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { failure, counts } = tryWorld(seed);
    expect(failure).toBeNull();
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  expect(sums.epochs).toBeGreaterThan(WORLDS);
  // The worlds are as various as they claim to be.
  for (const name of ["host", "bytes", "kv64", "service", "severalThreads", "workflows"]) {
    expect(sums[name], name).toBeGreaterThan(9);
  }
  expect(sums.refusedCalls).toBeGreaterThan(50);
});

/** In these all slots but one must stay, and the one holds what was used most: it leaves only after some rounds of turns. */
test.each([5569, 7701])(
  "world %i, where only what is used most can leave its slot",
  async (seed) => {
    const tryWorld = await worldTrier();
    expect(tryWorld(seed).failure).toBeNull();
  },
);
