// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "@zeta/protocol/bytes";
import { receiptLevels, receiptNode, receiptPath, receiptsRoot } from "@zeta/protocol/receipt-tree";
import { describe, expect, test } from "vitest";
import { hashReceiptNode } from "../src/blake3-node.ts";
import { buildReceiptPaths } from "../src/receipt-paths.ts";
import { Random } from "./support/random.ts";

const SEED = 20_261_121;

describe(`receipt trees, seed ${SEED}`, () => {
  test("a node is hashed as the protocol says", () => {
    const random = new Random(SEED);
    for (let i = 0; i < 200; i++) {
      const pair = random.bytes(64);
      const hash = new Uint8Array(40);
      hashReceiptNode(new DataView(pair.buffer), 0, new DataView(hash.buffer), 8);
      expect(hash.subarray(8)).toEqual(receiptNode(pair.subarray(0, 32), pair.subarray(32)));
    }
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
    await buildReceiptPaths(new Random(SEED + 2).bytes(32 * 10_000), pause);
    expect(pauses).toBe(2);
  });
});
