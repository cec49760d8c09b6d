// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../src/hex.ts";
import { SEED } from "./arbitraries.ts";

test("hex has one text for one value, and reads nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
    }),
    { seed: SEED },
  );
  for (const wrong of ["0", "0x00", "0G", "AB", "é0", " 0", "\u{10ffff}"]) {
    expect(() => fromHex(wrong)).toThrow(expect.objectContaining({ name: "ZetaError" }));
  }
  expect(() => fromHex("00ff", 3)).toThrow(expect.objectContaining({ code: "D.length" }));
});
