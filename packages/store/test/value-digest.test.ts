// SPDX-License-Identifier: Apache-2.0
import { blake3Digest } from "@zeta/protocol/digest";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { expect, test } from "vitest";
import { ValueDigest } from "../src/wasm/value-digest.ts";

test("digests values of any length as the protocol does", () => {
  const digest = new ValueDigest();
  for (const length of [0, 1, 63, 64, 65, 1024, 1025, 100_000, VALUE_BYTES_MAX]) {
    const value = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    expect(Buffer.from(digest.of(value)).equals(blake3Digest(value)), `${length}`).toBe(true);
  }
  expect(() => digest.of(new Uint8Array(VALUE_BYTES_MAX + 1))).toThrow("values of at most");
});
