// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { ARGUMENT_BYTES_MAX } from "@zeta/protocol/limits";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeJournalEntry,
  EntryWriter,
  type JournalEntry,
} from "../../src/durable/journal-entry.ts";

const SEED = 20261121;
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

const entries: fc.Arbitrary<JournalEntry> = fc.record({
  epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  calls: fc.array(
    fc.record({
      function: fc.integer({ min: 0, max: 255 }),
      argument: fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
      requestId: fc.option(hex(32)),
    }),
    { maxLength: 20 },
  ),
});

function encode({ epoch, calls }: JournalEntry): Uint8Array {
  const writer = new EntryWriter(epoch);
  for (const call of calls) writer.add(call);
  return writer.view().slice();
}

function codeOf(bytes: Uint8Array): string | null {
  try {
    decodeJournalEntry(bytes);
    return null;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return error.code;
  }
}

test("entries survive their bytes, and have one encoding", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const bytes = encode(entry);
      expect(decodeJournalEntry(bytes)).toEqual(entry);
      expect(encode(decodeJournalEntry(bytes))).toEqual(bytes);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test("a cut in the middle of a call is refused", () => {
  const call = { function: 1, argument: Uint8Array.of(1, 2, 3), requestId: "ab".repeat(16) };
  const bytes = encode({ epoch: 7, calls: [call] });
  for (let length = 0; length < bytes.length; length++) {
    // After the epoch alone: an entry without calls.
    expect(codeOf(bytes.subarray(0, length))).toBe(length === 4 ? null : "D.short");
  }
});

test("a flag that is neither 0 nor 1, and an argument that no call has, are refused", () => {
  const head = Uint8Array.of(0, 0, 0, 7, 1);
  expect(codeOf(concatBytes(head, Uint8Array.of(2)))).toBe("D.bool");
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, ARGUMENT_BYTES_MAX + 1);
  expect(codeOf(concatBytes(head, Uint8Array.of(0), length))).toBe("D.length");
});
