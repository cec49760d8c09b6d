// SPDX-License-Identifier: Apache-2.0
import { callerKey, signCallMessage, verifyCallMessage } from "@zeta/protocol/call-signature";
import { fromHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { verifySignature } from "../src/sandbox/verify-signature.ts";

const WEAK = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  // The first two again, by numbers that are not below the field's order.
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** With either sign of x. */
const WEAK_KEYS = WEAK.flatMap((hex) => {
  const positive = fromHex(hex);
  const negative = positive.slice();
  negative[31] = (negative[31] ?? 0) | 0x80;
  return [positive, negative];
});

/** What anybody can write down: a point of small order, and zero. */
const FORGERIES = WEAK_KEYS.map((point) => {
  const signature = new Uint8Array(64);
  signature.set(point);
  return signature;
});

const message = (number: number) => Uint8Array.of(1, 2, 3, number);

describe("a signature of a caller", () => {
  it("cannot be made up for a key that is nobody's", () => {
    for (const key of WEAK_KEYS) {
      for (const signature of FORGERIES) {
        for (let number = 0; number < 8; number++) {
          expect(verifySignature(message(number), signature, key)).toBe(false);
          expect(verifyCallMessage(message(number), signature, key)).toBe(false);
        }
      }
    }
  });

  it("is taken by the engine as the protocol takes it", () => {
    for (let number = 0; number < 16; number++) {
      const secret = new Uint8Array(32).fill(number);
      const key = callerKey(secret);
      const signature = signCallMessage(message(number), secret);
      expect(verifySignature(message(number), signature, key)).toBe(true);
      expect(verifySignature(message(number + 1), signature, key)).toBe(false);
      expect(verifyCallMessage(message(number), signature, key)).toBe(true);
    }
  });

  it("needs a key whose number is below the field's order", () => {
    const key = fromHex(`f0${"ff".repeat(30)}7f`);
    expect(verifySignature(message(0), new Uint8Array(64), key)).toBe(false);
  });
});
