// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ancestorAt,
  type BaseKey,
  commonDepth,
  compareBaseKeys,
  direction,
  isProperDescendant,
  ROOT,
  readBaseKey,
  readInternalKey,
  writeBaseKey,
} from "../src/base-key.ts";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { toHex } from "../src/hex.ts";
import { baseKey, SEED } from "./arbitraries.ts";

const options = { seed: SEED, numRuns: 500 };

/** W as a number: the definition in docs/formats.md §1, against which the byte arithmetic is checked. */
const number = (key: BaseKey) => BigInt(`0x${toHex(key.bits)}`);
const low = (value: bigint, depth: number) => value & ((1n << BigInt(depth)) - 1n);

const encode = (key: BaseKey) => {
  const writer = new ByteWriter();
  writeBaseKey(writer, key);
  return writer.toBytes();
};

describe("base keys", () => {
  test("branch on bit d of W, least significant first", () => {
    fc.assert(
      fc.property(baseKey, fc.nat(255), (key, position) => {
        expect(direction(key, position)).toBe(Number((number(key) >> BigInt(position)) & 1n));
      }),
      options,
    );
  });

  test("descend as the residues of W say", () => {
    const pair = fc
      .tuple(baseKey, baseKey, fc.nat(256), fc.boolean())
      .map(
        ([a, b, depth, related]) =>
          [a, related ? ancestorAt(a, Math.min(depth, a.depth)) : b] as const,
      );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected = a.depth > b.depth && low(number(a), b.depth) === number(b);
        expect(isProperDescendant(a, b)).toBe(expected);
        const shared = commonDepth(a, b);
        expect(low(number(a), shared)).toBe(low(number(b), shared));
        if (shared < Math.min(a.depth, b.depth))
          expect(direction(a, shared)).not.toBe(direction(b, shared));
      }),
      options,
    );
  });

  test("are ordered by depth, then by W, the root first", () => {
    fc.assert(
      fc.property(baseKey, baseKey, (a, b) => {
        const expected =
          a.depth !== b.depth
            ? a.depth - b.depth
            : Number(number(a) > number(b)) - Number(number(a) < number(b));
        expect(Math.sign(compareBaseKeys(a, b))).toBe(Math.sign(expected));
        expect(compareBaseKeys(ROOT, a)).toBeLessThanOrEqual(0);
      }),
      options,
    );
  });

  test("have one encoding", () => {
    fc.assert(
      fc.property(baseKey, (key) => {
        const bytes = encode(key);
        expect(bytes).toHaveLength(34);
        expect(encode(readBaseKey(new ByteReader(bytes)))).toEqual(bytes);
      }),
      options,
    );
  });

  test("K.canon: bits beyond the depth, depth 257 and internal depth 256 are refused", () => {
    const stray = encode({ depth: 9, bits: ROOT.bits });
    stray[30] = 0b10; // bit 9 of W: the first one beyond depth 9
    expect(() => readBaseKey(new ByteReader(stray))).toThrow(
      expect.objectContaining({ code: "K.canon" }),
    );
    stray[30] = 0b01;
    expect(readBaseKey(new ByteReader(stray)).depth).toBe(9);
    const deep = encode({ depth: 257, bits: ROOT.bits });
    expect(() => readBaseKey(new ByteReader(deep))).toThrow(
      expect.objectContaining({ code: "K.canon" }),
    );
    const leaf = encode({ depth: 256, bits: ROOT.bits });
    expect(() => readInternalKey(new ByteReader(leaf))).toThrow(
      expect.objectContaining({ code: "K.canon" }),
    );
  });
});
