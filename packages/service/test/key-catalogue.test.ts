// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyCatalogue } from "../src/key-catalogue.ts";
import { matchGlob, parseGlob } from "../src/resp/match-glob.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("the catalogue of keys", () => {
  test("a walk meets every key that is there all the time, and none twice, whatever else changes", () => {
    const change = fc.record({ key: fc.nat(30), isThere: fc.boolean() });
    const property = fc.property(
      fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      (rounds, count) => {
        const catalogue = new KeyCatalogue();
        const steady = Array.from({ length: 20 }, (_, i) => `steady-${i}`);
        for (const [i, key] of steady.entries()) {
          catalogue.note(bytes(`early-${i}`), true);
          catalogue.note(bytes(key), true);
        }
        for (let i = 0; i < 10; i++) catalogue.note(bytes(`early-${i}`), false);
        const seen: string[] = [];
        let cursor = 0;
        do {
          const step = catalogue.step(cursor, count);
          expect(step.keys.length).toBeLessThanOrEqual(count);
          seen.push(...step.keys.map(String));
          for (const { key, isThere } of rounds.shift() ?? []) {
            catalogue.note(bytes(`other-${key}`), isThere);
          }
          cursor = step.cursor;
        } while (cursor !== 0);
        const met = seen.filter((key) => key.startsWith("steady"));
        expect(met.sort()).toEqual(steady.sort());
      },
    );
    fc.assert(property, { seed: 3, numRuns: 200 });
  });

  test("counts what is there", () => {
    const catalogue = new KeyCatalogue();
    for (const isThere of [true, true, false, false, true]) catalogue.note(bytes("a"), isThere);
    expect(catalogue.size).toBe(1);
    catalogue.note(bytes("a"), false);
    expect(catalogue.step(0, 10)).toEqual({ cursor: 0, keys: [] });
  });

  test("a step ends where its keys have too many bytes, but not before the first", () => {
    const catalogue = new KeyCatalogue();
    for (const key of ["aaaa", "bb", "cc", "d"]) catalogue.note(bytes(key), true);
    const walk = (cursor: number) => {
      const step = catalogue.step(cursor, 10, 4);
      return { cursor: step.cursor, keys: step.keys.map(String) };
    };
    expect(walk(0)).toEqual({ cursor: 1, keys: ["aaaa"] });
    expect(walk(1)).toEqual({ cursor: 3, keys: ["bb", "cc"] });
    expect(walk(3)).toEqual({ cursor: 0, keys: ["d"] });
    expect(catalogue.step(0, 10, 3)).toMatchObject({ cursor: 1 });
  });

  test("beyond its limits it says that it does not know all", () => {
    const byKeys = new KeyCatalogue({ keysMax: 2, bytesMax: 100 });
    const byBytes = new KeyCatalogue({ keysMax: 100, bytesMax: 2 });
    for (const catalogue of [byKeys, byBytes]) {
      for (const key of ["a", "b", "a"]) catalogue.note(bytes(key), true);
      expect(catalogue.isComplete).toBe(true);
      catalogue.note(bytes("c"), true);
      expect(catalogue.isComplete).toBe(false);
    }
  });
});

describe("patterns", () => {
  test.each([
    ["*", "", true],
    ["*", "anything", true],
    ["a*c", "abbc", true],
    ["a*c", "abbd", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["[abc]x", "bx", true],
    ["[^abc]x", "bx", false],
    ["[^abc]x", "dx", true],
    ["[a-c]", "b", true],
    ["[c-a]", "b", true],
    ["[a-c]", "d", false],
    ["[]", "a", false],
    ["[^]", "a", true],
    ["[ab", "a", true],
    ["[\\]]", "]", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["a\\", "a\\", true],
    ["**a**", "bab", true],
    ["", "", true],
    ["", "a", false],
  ])("%s and %s", (pattern, key, expected) => {
    expect(matchGlob(parseGlob(bytes(pattern)), bytes(key))).toBe(expected);
  });

  test("many stars take as many steps as one", () => {
    const pattern = bytes(`${"a*".repeat(1000)}b`);
    expect(matchGlob(parseGlob(pattern), bytes("a".repeat(4096)))).toBe(false);
  });
});
