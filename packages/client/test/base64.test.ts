// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../src/http/base64.ts";

describe("base64", () => {
  it("is what everybody else writes, and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(text)).toEqual(bytes);
      }),
      { seed: 4 },
    );
  });

  it("accepts one text per value only", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        let bytes: Uint8Array;
        try {
          bytes = fromBase64(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "malformed" });
          return;
        }
        expect(toBase64(bytes)).toBe(text);
      }),
      { seed: 5, numRuns: 2000, examples: [["AA=="], ["AB=="], ["AAE="], ["AAF="], ["===="]] },
    );
  });

  it.each(["A", "AA", "AAA", "AB==", "AAF=", "====", "A===", "AA=A", "A A=", "AA-_", "AAA\u0141"])(
    "refuses %j",
    (text) => {
      expect(() => fromBase64(text)).toThrow("base64");
    },
  );
});
