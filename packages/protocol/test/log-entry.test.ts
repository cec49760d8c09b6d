// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "../src/byte-reader.ts";
import { ByteWriter } from "../src/byte-writer.ts";
import { isCheckId } from "../src/checks.ts";
import { isZetaError } from "../src/error.ts";
import { fromHex, toHex } from "../src/hex.ts";
import { VALUE_BYTES_MAX } from "../src/limits.ts";
import { type LogEntry, readLogEntry, writeLogEntry } from "../src/log-entry.ts";
import type { Profile } from "../src/profile.ts";
import { logEntry, SEED } from "./arbitraries.ts";

const options = { seed: SEED, numRuns: 500 };
const profiles: readonly Profile[] = ["kv64", "bytes"];

const encode = (entry: LogEntry, profile: Profile) => {
  const writer = new ByteWriter();
  writeLogEntry(writer, entry, profile);
  return writer.toBytes();
};

describe.each(profiles)("log entries of profile %s", (profile) => {
  test("decode to what was encoded, and consume exactly their bytes", () => {
    fc.assert(
      fc.property(logEntry(profile), (entry) => {
        const bytes = encode(entry, profile);
        const reader = new ByteReader(bytes);
        expect(readLogEntry(reader, profile)).toEqual(entry);
        reader.end("entry");
      }),
      options,
    );
  });

  test("every proper prefix is refused", () => {
    fc.assert(
      fc.property(logEntry(profile), fc.nat(), (entry, cut) => {
        const bytes = encode(entry, profile);
        const prefix = bytes.slice(0, cut % bytes.length);
        expect(() => readLogEntry(new ByteReader(prefix), profile)).toThrow();
      }),
      options,
    );
  });

  test("any bytes decode canonically or are refused with a check ID", () => {
    const mutated = fc.tuple(logEntry(profile), fc.nat(), fc.nat(255)).map(([entry, at, value]) => {
      const bytes = encode(entry, profile);
      bytes[at % bytes.length] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 250 })), (bytes) => {
        const reader = new ByteReader(bytes);
        try {
          const entry = readLogEntry(reader, profile);
          expect(encode(entry, profile)).toEqual(bytes.slice(0, reader.offset));
        } catch (error) {
          expect(isZetaError(error) && isCheckId(error.code)).toBe(true);
        }
      }),
      { ...options, numRuns: 2000 },
    );
  });
});

describe("the reference's own bytes", () => {
  // From the description of the reference's log: AddM of key 2, absent, to slot 1 below slot 0; then vput.
  test("AddM and RunApp of kv64 have the documented layout", () => {
    const key = fromHex("0000000000000002");
    const add: LogEntry = {
      type: "AddM",
      record: { kind: "app", key, value: null },
      slot: 1,
      parent: 0,
    };
    expect(toHex(encode(add, "kv64"))).toBe("0001000000000000000200" + "00010000");
    const payload = fromHex("000000000000000200000000000000640001");
    const run: LogEntry = { type: "RunApp", function: 1, payload };
    expect(toHex(encode(run, "kv64"))).toBe("070100000012000000000000000200000000000000640001");
  });
});

describe("limits", () => {
  const put = (length: number) => {
    const writer = new ByteWriter(length + 64);
    writer
      .u8(0)
      .u8(1)
      .bytes(new Uint8Array(32))
      .u8(1)
      .u32(length)
      .bytes(new Uint8Array(length))
      .u16(1)
      .u16(0);
    return new ByteReader(writer.view());
  };

  test("a value of VALUE_BYTES_MAX is read, one more byte is D.length", () => {
    expect(readLogEntry(put(VALUE_BYTES_MAX), "bytes").type).toBe("AddM");
    expect(() => readLogEntry(put(VALUE_BYTES_MAX + 1), "bytes")).toThrow(
      expect.objectContaining({ code: "D.length" }),
    );
  });
});
