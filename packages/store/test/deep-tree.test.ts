// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { DEFERRED_ONLY, MERKLE_ONLY, warmFor } from "../src/placement-policy.ts";
import { BareStore } from "./support/bare-store.ts";
import { Random } from "./support/random.ts";

/** All zeros but for one bit of the path: each is on a side branch of the path to zero, which so gets a node at every depth. */
function oneBit(position: number): Uint8Array {
  const digest = new Uint8Array(32);
  digest[31 - (position >> 3)] = 1 << (position & 7);
  return digest;
}

const POLICIES = {
  "warm for 0": warmFor(0),
  "warm for 1, 5 demotions": warmFor(1, 5),
  "merkle only": MERKLE_ONLY,
  "deferred only": DEFERRED_ONLY,
};

describe("paths of 256 nodes", () => {
  for (const [name, policy] of Object.entries(POLICIES)) {
    for (const slots of [4, 5, 8, 20, 700]) {
      const kind = slots % 8 === 0 ? "reference" : "wasm";
      it(`${name}, ${slots} slots, ${kind}`, () => {
        const random = new Random(slots);
        const bare = new BareStore(kind, slots, policy);
        const positions = Array.from({ length: 256 }, (_, i) => i);
        positions.sort(() => random.real() - 0.5);
        const records: number[] = [bare.insert(new Uint8Array(32))];
        const touch = () => {
          const record = records[random.below(records.length)];
          if (record !== undefined) bare.access(record);
        };
        for (const [i, position] of positions.entries()) {
          records.push(bare.insert(oneBit(position)));
          touch();
          if (i % 64 === 63) bare.closeEpoch(9, touch);
        }
        for (let epoch = 0; epoch < 5; epoch++) {
          for (let i = 0; i < 20; i++) touch();
          bare.feed();
          bare.closeEpoch(epoch === 0 ? 1 : 50, touch);
        }
        const { hot, warm, cold, nodes, nodesHot, nodesWarm, nodesCold, slotsUsed } =
          bare.store.statistics;
        expect(hot + warm + cold).toBe(257);
        expect(nodes).toBe(256);
        expect(nodesHot + nodesWarm + nodesCold).toBe(256);
        expect([nodesCold >= 0, cold >= 0]).toEqual([true, true]);
        expect(slotsUsed).toBe(hot + nodesHot);
      });
    }
  }
});
