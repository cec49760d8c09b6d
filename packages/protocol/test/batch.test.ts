// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BATCH_HEADER_BYTES_MAX,
  type BatchHeader,
  batchReceiptsRoot,
  decodeBatchHeader,
  encodeBatchHeader,
} from "../src/batch.ts";
import { concatBytes } from "../src/bytes.ts";
import { isZetaError } from "../src/error.ts";
import { toHex } from "../src/hex.ts";
import { BATCH_EPOCHS_MAX, BATCH_LOG_BYTES_MAX, SLOTS_MAX, THREADS_MAX } from "../src/limits.ts";
import { decodeRootValue, EMPTY_ROOT_VALUE, encodeRootValue, rootHash } from "../src/root-value.ts";
import { digest, SEED, u32 } from "./arbitraries.ts";

const options = { seed: SEED, numRuns: 60 };

/** Depth-256 keys whose first bit, the lowest of the last byte, says the side. */
const descriptor = (side: 0 | 1) =>
  fc.option(
    fc.record({ bits: digest, hash: digest }).map(({ bits, hash }) => {
      const copy = bits.slice();
      copy[31] = ((copy[31] ?? 0) & 0xfe) | side;
      return { key: { depth: 256, bits: copy }, hash, inDeferred: false };
    }),
  );
const rootValue = fc
  .tuple(descriptor(0), descriptor(1))
  .map(([left, right]) => encodeRootValue([left, right]));

const header: fc.Arbitrary<BatchHeader> = fc
  .record({
    number: u32,
    service: fc.stringMatching(/^[!-~]{1,64}$/),
    threads: fc.integer({ min: 1, max: THREADS_MAX }),
    slots: fc.integer({ min: 1, max: SLOTS_MAX }),
    valueMemoryBytes: fc.integer({ min: 1, max: 2 ** 32 }),
    firstEpoch: fc.integer({ min: 0, max: 2 ** 32 - BATCH_EPOCHS_MAX }),
    epochs: fc.integer({ min: 1, max: BATCH_EPOCHS_MAX }),
    previousRootValue: rootValue,
    root: digest,
    receiptsRoot: digest,
    logBytes: fc.integer({ min: 1, max: BATCH_LOG_BYTES_MAX }),
  })
  .map(({ epochs, ...rest }) => ({ ...rest, lastEpoch: rest.firstEpoch + epochs - 1 }));

const EXAMPLE: BatchHeader = {
  number: 7,
  service: "kv",
  threads: 1,
  slots: 16_384,
  valueMemoryBytes: 64 << 20,
  firstEpoch: 60,
  lastEpoch: 119,
  previousRootValue: EMPTY_ROOT_VALUE,
  root: new Uint8Array(32).fill(0xaa),
  receiptsRoot: new Uint8Array(32).fill(0xbb),
  logBytes: 1000,
};

function codeOf(bytes: Uint8Array): string {
  try {
    decodeBatchHeader(bytes);
  } catch (error) {
    if (isZetaError(error)) return error.code;
    throw error;
  }
  return "accepted";
}

const codeOfHeader = (changed: Partial<BatchHeader>): string => {
  try {
    encodeBatchHeader({ ...EXAMPLE, ...changed });
  } catch (error) {
    if (isZetaError(error)) return error.code;
    throw error;
  }
  return "accepted";
};

describe("batch header", () => {
  test("reads what was written, whatever follows", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 40 }), (value, tail) => {
        const bytes = encodeBatchHeader(value);
        expect(bytes.length).toBeLessThanOrEqual(BATCH_HEADER_BYTES_MAX);
        const decoded = decodeBatchHeader(concatBytes(bytes, tail));
        expect(decoded).toEqual({ header: value, log: bytes.length });
      }),
      options,
    );
  });

  test("has these bytes", () => {
    expect(toHex(encodeBatchHeader(EXAMPLE))).toBe(
      `0d${toHex(new TextEncoder().encode("zeta.batch.v1"))}00000007026b7602` +
        `0001400000000000040000000000003c00000077020000${"aa".repeat(32)}${"bb".repeat(32)}00000000000003e8`,
    );
  });

  test("cut anywhere it is refused", () => {
    const bytes = encodeBatchHeader(EXAMPLE);
    for (let length = 0; length < bytes.length; length++) {
      expect([length, codeOf(bytes.subarray(0, length))]).toEqual([length, "D.short"]);
    }
  });

  test.each([
    ["threads", { threads: THREADS_MAX }, { threads: THREADS_MAX + 1 }],
    ["no thread", { threads: 1 }, { threads: 0 }],
    ["slots", { slots: SLOTS_MAX }, { slots: 0 }],
    ["value memory", { valueMemoryBytes: 2 ** 32 }, { valueMemoryBytes: 2 ** 32 + 1 }],
    ["log", { logBytes: BATCH_LOG_BYTES_MAX }, { logBytes: BATCH_LOG_BYTES_MAX + 1 }],
    ["no log", { logBytes: 1 }, { logBytes: 0 }],
    ["epochs", { lastEpoch: 59 + BATCH_EPOCHS_MAX }, { lastEpoch: 60 + BATCH_EPOCHS_MAX }],
    ["no epoch", { lastEpoch: 60 }, { lastEpoch: 59 }],
  ])("limit of %s: n and n + 1", (_what, within, beyond) => {
    expect(codeOfHeader(within)).toBe("accepted");
    expect(codeOfHeader(beyond)).toBe("D.length");
  });

  test("of another format, profile or service text is refused", () => {
    const bytes = encodeBatchHeader(EXAMPLE);
    const changed = (at: number, byte: number) => {
      const copy = bytes.slice();
      copy[at] = byte;
      return copy;
    };
    expect(codeOf(changed(13, 0x32))).toBe("D.kind");
    expect(codeOf(changed(19, 0x20))).toBe("D.kind");
    expect(codeOf(changed(21, 1))).toBe("D.kind");
    expect(codeOfHeader({ previousRootValue: Uint8Array.of(0, 0, 0) })).toBe("D.length");
    expect(codeOfHeader({ previousRootValue: Uint8Array.of(0, 2) })).toBe("D.kind");
  });
});

describe("root value", () => {
  test("is canonical: what can be read is what would be written", () => {
    fc.assert(
      fc.property(rootValue, (value) => {
        expect(encodeRootValue(decodeRootValue(value))).toEqual(value);
        expect(rootHash(value).length).toBe(32);
      }),
      options,
    );
  });

  test("the empty root has this hash", () => {
    // BLAKE3 of three zero bytes: the tag and two absent descriptors.
    expect(toHex(rootHash(EMPTY_ROOT_VALUE))).toBe(
      "91525ff00a3755a8df93c626b59f6e36cf021d85ebccecdedc38f3f1890a15fc",
    );
  });
});

describe("receipts root of a batch", () => {
  const receipts = (epoch: number, thread: number, leafCount: bigint, fill = 1) => ({
    epoch,
    thread,
    leafCount,
    receiptsRoot: new Uint8Array(32).fill(fill),
  });

  test("is zeros without receipts, and binds epoch, thread, count and root", () => {
    expect(batchReceiptsRoot([])).toEqual(new Uint8Array(32));
    expect(batchReceiptsRoot([receipts(0, 0, 0n), receipts(1, 0, 0n)])).toEqual(new Uint8Array(32));
    const one = [receipts(3, 1, 5n)];
    const others = [
      [receipts(4, 1, 5n)],
      [receipts(3, 2, 5n)],
      [receipts(3, 1, 6n)],
      [receipts(3, 1, 5n, 2)],
      [receipts(3, 1, 5n), receipts(4, 1, 5n)],
    ];
    const roots = [one, ...others].map((list) => toHex(batchReceiptsRoot(list)));
    expect(new Set(roots).size).toBe(roots.length);
    expect(toHex(batchReceiptsRoot([receipts(2, 0, 0n), ...one]))).toBe(roots[0]);
  });
});
