// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { describe, expect, test } from "vitest";
import { bytesText, count, counted, cut, duration, shortHex } from "../src/model/format.ts";

describe("foreign bytes", () => {
  test.each([
    ["100", '"100"'],
    ["Käse 🧀", '"Käse 🧀"'],
    ["", '""'],
  ])("%j is shown as text", (text, shown) => {
    expect(bytesText(utf8(text))).toBe(shown);
  });

  test.each([
    ["a line feed", utf8("a\nb"), "0x610a62"],
    ["a change of direction", utf8("\u202Eabc"), "0xe280ae616263"],
    ["no UTF-8", Uint8Array.of(0xff, 0x00), "0xff00"],
  ])("with %s are shown as hex", (_, bytes, shown) => {
    expect(bytesText(bytes)).toBe(shown);
  });

  test("are cut where a line would end", () => {
    expect(bytesText(utf8("a".repeat(60)))).toBe(`"${"a".repeat(60)}"`);
    expect(bytesText(utf8("a".repeat(61)))).toBe(`"${"a".repeat(60)}…"`);
    expect(bytesText(new Uint8Array(31))).toBe(`0x${"00".repeat(30)}… (31 bytes)`);
    expect(cut("🧀🧀🧀", 2)).toBe("🧀🧀…");
  });
});

test("numbers", () => {
  expect([0, 999, 1000, 1234567].map(count)).toEqual([
    "0",
    "999",
    "1\u202f000",
    "1\u202f234\u202f567",
  ]);
  expect([counted(1, "call"), counted(2n, "call")]).toEqual(["1 call", "2 calls"]);
  expect([0, 640.4, 999.4, 999.5, 1600, 120_000].map(duration)).toEqual([
    "0 ms",
    "640 ms",
    "999 ms",
    "1.0 s",
    "1.6 s",
    "2 min",
  ]);
  expect(shortHex(new Uint8Array(32).fill(0xab))).toBe("abababababababab…");
});
