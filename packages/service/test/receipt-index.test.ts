// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { ReceiptIndex, readRequestId } from "../src/receipt-index.ts";
import { Random } from "./support/random.ts";

/** Few different words, so that ids share all words but one, and a small table wraps around. */
function smallId(random: Random): Uint32Array {
  return Uint32Array.from({ length: 4 }, () => random.below(4) * 0x40000001);
}

describe("index of receipts", () => {
  test("agrees with a map, whatever is set and deleted in whatever order", () => {
    const random = new Random(11);
    const index = new ReceiptIndex(4);
    const model = new Map<string, { shelf: number; index: number }>();
    for (let step = 0; step < 20_000; step++) {
      const id = smallId(random);
      const [shelf, place] = [random.below(3), random.below(2 ** 31)];
      if (random.below(2) === 0) {
        index.set(id, 0, shelf, place);
        model.set(id.join(), { shelf, index: place });
      } else {
        index.delete(id, 0, shelf);
        if (model.get(id.join())?.shelf === shelf) model.delete(id.join());
      }
      expect(index.size).toBe(model.size);
      const other = smallId(random);
      expect(index.find(other, 0)).toEqual(model.get(other.join()) ?? null);
    }
    for (const [id, place] of model) {
      const words = Uint32Array.from(id.split(",").map(Number));
      expect(index.find(words, 0)).toEqual(place);
    }
  });

  test("reads the words of an id where they are to stand", () => {
    const words = new Uint32Array(6);
    readRequestId("00000001fedcba98000000000a0b0c0d", words, 1);
    expect([...words]).toEqual([0, 1, 0xfedcba98, 0, 0x0a0b0c0d, 0]);
  });
});
