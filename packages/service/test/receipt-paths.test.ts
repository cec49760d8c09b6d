// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "@zeta/protocol/bytes";
import { receiptLevels, receiptNode, receiptPath, receiptsRoot } from "@zeta/protocol/receipt-tree";
import { describe, expect, test } from "vitest";
import { receiptNodes } from "../src/receipt-nodes.ts";
import { buildReceiptPaths } from "../src/receipt-paths.ts";
import { Random } from "./support/random.ts";

const SEED = 20_261_121;

describe(`receipt trees, seed ${SEED}`, () => {
  test("nodes are hashed as the protocol says, however many at once", () => {
    const random = new Random(SEED);
    const nodes = receiptNodes();
    for (const count of [1, 2, 3, 4, 5, 7, 8, 200, nodes.pairsMax]) {
      const pairs = random.bytes(64 * count);
      const hashes = new Uint8Array(32 * count);
      nodes.hash(pairs, hashes);
      for (const i of count > 200 ? [0, 1, count - 2, count - 1] : Array(count).keys()) {
        const pair = pairs.subarray(64 * i, 64 * (i + 1));
        const expected = receiptNode(pair.subarray(0, 32), pair.subarray(32));
        expect(hashes.subarray(32 * i, 32 * (i + 1)), `${i} of ${count}`).toEqual(expected);
      }
    }
    const tooMany = new Uint8Array(64 * (nodes.pairsMax + 1));
    expect(() => nodes.hash(tooMany, tooMany)).toThrow("at most 16384 whole pairs");
  });

  test("roots and paths are those of the protocol for every small tree", async () => {
    const random = new Random(SEED + 1);
    for (let count = 1; count <= 33; count++) {
      const leaves = Array.from({ length: count }, () => random.bytes(32));
      const paths = await buildReceiptPaths(concatBytes(...leaves), async () => {});
      expect(paths.root).toEqual(receiptsRoot(leaves));
      const levels = receiptLevels(leaves);
      for (let i = 0; i < count; i++) expect(paths.path(i)).toEqual(receiptPath(levels, i));
    }
  });

  test("a large tree lets others have their turn", async () => {
    let pauses = 0;
    const pause = async (): Promise<void> => {
      pauses++;
    };
    const leaves = new Random(SEED + 2).bytes(32 * 50_000);
    const paths = await buildReceiptPaths(leaves, pause);
    // 50 000 nodes less a few, 16 384 a turn.
    expect(pauses).toBe(3);
    const digests = Array.from({ length: 50_000 }, (_, i) => leaves.slice(32 * i, 32 * (i + 1)));
    expect(paths.root).toEqual(receiptsRoot(digests));
  });
});
