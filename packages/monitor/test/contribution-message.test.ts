// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { describe, expect, test } from "vitest";
import { decodeContribution, encodeContribution } from "../src/contribution-message.ts";

const SHARE = {
  thread: 3,
  epoch: 0xfedcba98,
  add: Uint8Array.from({ length: 32 }, (_, i) => i),
  addCount: 2n ** 64n - 1n,
  evict: Uint8Array.from({ length: 32 }, (_, i) => 64 + i),
  evictCount: 5n,
  operations: 6n,
  leafCount: 7n,
  receiptsRoot: Uint8Array.from({ length: 32 }, (_, i) => 128 + i),
};

describe("a contribution between trusted threads", () => {
  test("arrives as it was sent, under the number of the channel's thread", () => {
    const bytes = encodeContribution(SHARE);
    expect(decodeContribution(3, bytes)).toEqual(SHARE);
    expect(decodeContribution(1, bytes)).toEqual({ ...SHARE, thread: 1 });
  });

  test("of any other length is refused", () => {
    const bytes = encodeContribution(SHARE);
    const codes = [bytes.slice(0, -1), new Uint8Array([...bytes, 0])].map((wrong) => {
      try {
        return decodeContribution(0, wrong);
      } catch (error) {
        return isZetaError(error) ? error.code : error;
      }
    });
    expect(codes).toEqual(["D.short", "D.length"]);
  });
});
