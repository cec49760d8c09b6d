// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blake3Digest } from "../src/digest.ts";
import {
  EMPTY_RECEIPTS_ROOT,
  receiptLevels,
  receiptNode,
  receiptPath,
  receiptsRoot,
  rootFromPath,
  verifyReceiptPath,
} from "../src/receipt-tree.ts";
import { SEED } from "./arbitraries.ts";

const leaves = (count: number) =>
  Array.from({ length: count }, (_, i) => blake3Digest(Uint8Array.of(i & 0xff, i >> 8)));

/** RFC 6962 §2.1 as it is written there: split at the largest power of two below n. */
function definition(list: readonly Uint8Array[]): Uint8Array {
  if (list.length <= 1) return list[0] ?? EMPTY_RECEIPTS_ROOT;
  let split = 1;
  while (2 * split < list.length) split *= 2;
  return receiptNode(definition(list.slice(0, split)), definition(list.slice(split)));
}

describe("the receipt tree", () => {
  test("has the shape of RFC 6962 for every size up to 70", () => {
    for (let count = 0; count <= 70; count++)
      expect(receiptsRoot(leaves(count))).toEqual(definition(leaves(count)));
  });

  test("proves every leaf of every size up to 40, and at no other index", () => {
    for (let count = 1; count <= 40; count++) {
      const list = leaves(count);
      const levels = receiptLevels(list);
      const root = receiptsRoot(list);
      for (const [index, leaf] of list.entries()) {
        const path = receiptPath(levels, index);
        expect(verifyReceiptPath(leaf, BigInt(index), BigInt(count), path, root)).toBe(true);
        const elsewhere = (index + 1) % count;
        if (elsewhere !== index)
          expect(verifyReceiptPath(leaf, BigInt(elsewhere), BigInt(count), path, root)).toBe(false);
      }
    }
  });

  test("refuses changed, shortened and lengthened paths, and indices out of range", () => {
    const list = leaves(21);
    const levels = receiptLevels(list);
    const root = receiptsRoot(list);
    fc.assert(
      fc.property(fc.nat(20), fc.nat(), fc.nat(255), (index, at, value) => {
        const leaf = list[index]!;
        const path = receiptPath(levels, index).map((node) => node.slice());
        const node = path[at % path.length]!;
        const byte = at % 32;
        fc.pre(node[byte] !== value);
        node[byte] = value;
        expect(verifyReceiptPath(leaf, BigInt(index), 21n, path, root)).toBe(false);
      }),
      { seed: SEED, numRuns: 200 },
    );
    const path = receiptPath(levels, 3);
    expect(rootFromPath(list[3]!, 3n, 21n, path.slice(1))).toBeNull();
    expect(rootFromPath(list[3]!, 3n, 21n, [...path, root])).toBeNull();
    expect(rootFromPath(list[3]!, 21n, 21n, path)).toBeNull();
    expect(rootFromPath(list[3]!, -1n, 21n, path)).toBeNull();
  });
});
