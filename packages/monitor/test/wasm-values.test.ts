// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { keyDigest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { FRAME_BYTES_MAX, KEY_BYTES_MAX, SLOTS_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import type { WasmThread } from "../src/wasm-thread.ts";
import { Random } from "./support/random.ts";
import { addB, bytesRecord, encode, evictB, kvCall, subject } from "./support/wasm-fixture.ts";

const KEY = Uint8Array.of(1, 2, 3);
const SEED = 4_711;
/** The value in a slot, in hex: comparing strings is quick. */
const valueIn = (thread: WasmThread, slot: number) =>
  toHex((thread.slot(slot)?.value ?? new Uint8Array(0)).subarray(5));
const patterned = (length: number) =>
  Uint8Array.from({ length }, (_, i) => (31 * i + length) & 0xff);

describe("sizes, at the limit and one beyond", () => {
  test.each([0, 1, 63, 64, 65, 986, 987, 4096, VALUE_BYTES_MAX])(
    "a value of %i bytes comes in, is read and leaves",
    (length) => {
      const { thread, verify } = subject("bytes");
      const value = patterned(length);
      expect(verify(addB(bytesRecord(KEY, value), 5, 0)).verdict).toBe("success");
      expect(thread.valueCells).toBe(Math.ceil(length / 64));
      expect(valueIn(thread, 5)).toBe(toHex(value));
      expect(verify(kvCall({ operation: "get", key: KEY }, 5)).verdict).toBe("success");
      expect(verify(evictB(5, 9)).verdict).toBe("success");
      expect(thread.valueCells).toBe(0);
      expect(thread.slot(5)).toBeNull();
    },
  );

  test("a record's value one byte too long is malformed, although all its bytes are there", () => {
    const { thread } = subject("bytes");
    const log = new ByteWriter()
      .u8(1)
      .u8(1)
      .bytes(keyDigest(KEY))
      .u8(1)
      .u32(VALUE_BYTES_MAX + 1);
    log.bytes(new Uint8Array(VALUE_BYTES_MAX + 1)).bytes(new Uint8Array(12));
    const result = thread.verifyLog(log.toBytes());
    expect(result).toMatchObject({ verdict: "parsing_failure", check: "D.length", pos: 0 });
    expect(thread.failed).toBe(true);
  });

  test.each([
    [KEY_BYTES_MAX, VALUE_BYTES_MAX, "success", null],
    [KEY_BYTES_MAX + 1, 0, "app_failure", "R.consume"],
    [0, VALUE_BYTES_MAX + 1, "app_failure", "R.consume"],
  ] as const)("put of a key of %i and a value of %i bytes: %s", (key, value, verdict, check) => {
    const name = patterned(key);
    const { verify, thread } = subject("bytes");
    expect(verify(addB(bytesRecord(name, null), 3, 0)).verdict).toBe("success");
    const argument = new ByteWriter().u16(key).bytes(name).bytes(patterned(value)).toBytes();
    const payload = new ByteWriter().u8(0).u8(1).u16(3).bytes(argument).toBytes();
    expect(verify({ type: "RunApp", function: 1, payload })).toMatchObject({ verdict, check });
    if (verdict === "success") expect(valueIn(thread, 3)).toBe(toHex(patterned(value)));
  });

  test("frames of the longest length are read, longer ones and empty ones change nothing", () => {
    const { thread } = subject("bytes");
    const longest = new Uint8Array(FRAME_BYTES_MAX).fill(5);
    const refused = { verdict: "bad_input", check: "L.frame", pos: 0, read: 0 };
    expect(thread.verifyLog(new Uint8Array(FRAME_BYTES_MAX + 1).fill(5))).toMatchObject(refused);
    expect(thread.verifyLog(new Uint8Array(0))).toMatchObject(refused);
    expect(thread.failed).toBe(false);
    expect(thread.verifyLog(longest)).toMatchObject({ verdict: "success", read: FRAME_BYTES_MAX });
    expect(thread.clock).toEqual({ epoch: FRAME_BYTES_MAX, counter: 0 });
  });

  test("the last slot exists, the one after it does not", () => {
    const { verify } = subject("bytes", { slots: SLOTS_MAX });
    expect(verify(addB(bytesRecord(KEY, KEY), SLOTS_MAX - 1, 0)).verdict).toBe("success");
    const beyond = verify(addB(bytesRecord(KEY, KEY), SLOTS_MAX, 1));
    expect(beyond).toMatchObject({ verdict: "failed_at_end", check: "B.bounds" });
  });
});

describe("value memory", () => {
  const options = { valueMemoryBytes: 64 * 10 + 63 };

  test("ten cells hold ten cells' worth; one more is L.memory, at its own position", () => {
    const { thread, verify } = subject("bytes", options);
    expect(verify(addB(bytesRecord(KEY, patterned(640)), 1, 0)).verdict).toBe("success");
    const empty = addB(bytesRecord(Uint8Array.of(9), new Uint8Array(0)), 2, 1);
    expect(verify(empty).verdict).toBe("success");
    const result = verify(empty, addB(bytesRecord(Uint8Array.of(8), patterned(1)), 3, 2));
    expect(result.verdict).toBe("entry_failure");
    expect(thread.valueCells).toBe(10);
  });

  test("AddB beyond the cap", () => {
    const { thread, verify } = subject("bytes", options);
    const first = addB(bytesRecord(KEY, patterned(577)), 1, 0);
    const second = addB(bytesRecord(Uint8Array.of(9), patterned(1)), 2, 1);
    const pos = encode("bytes", [first]).length;
    expect(verify(first, second)).toMatchObject({
      verdict: "entry_failure",
      check: "L.memory",
      pos,
    });
    expect(thread.valueCells).toBe(10);
  });

  test("put beyond the cap is refused; the value it replaces counts as released", () => {
    const { thread, verify } = subject("bytes", options);
    const put = (length: number) =>
      kvCall({ operation: "put", key: KEY, value: patterned(length) }, 1);
    expect(verify(addB(bytesRecord(KEY, patterned(640)), 1, 0), put(576), put(640)).verdict).toBe(
      "success",
    );
    expect(thread.slot(1)?.value.slice(5)).toEqual(patterned(640));
    expect(verify(put(641))).toMatchObject({ verdict: "entry_failure", check: "L.memory", pos: 0 });
    expect(thread.valueCells).toBe(10);
  });

  test(`random growing, shrinking, deleting and moving leaks no cell (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const cap = 200;
    const { thread, verify } = subject("bytes", { valueMemoryBytes: 64 * cap });
    const values = new Map<number, Uint8Array | null>();
    const cells = () =>
      [...values.values()].reduce((sum, value) => sum + Math.ceil((value?.length ?? 0) / 64), 0);
    for (let step = 0, time = 0; step < 4000; step++) {
      const slot = 1 + random.below(20);
      const key = Uint8Array.of(slot);
      const before = values.get(slot);
      const value = random.bytes(random.below(random.pick([2, 66, 700])));
      const fits = cells() + Math.ceil(value.length / 64) <= cap;
      if (before === undefined) {
        if (!fits) continue;
        const added = random.oneIn(5) ? null : value;
        expect(verify(addB(bytesRecord(key, added), slot, time)).verdict).toBe("success");
        time += 1;
        values.set(slot, added);
      } else if (random.oneIn(3)) {
        time += 1;
        expect(verify(evictB(slot, time)).verdict).toBe("success");
        values.delete(slot);
      } else if (random.oneIn(4)) {
        expect(verify(kvCall({ operation: "delete", key }, slot)).verdict).toBe("success");
        values.set(slot, null);
      } else if (fits) {
        expect(verify(kvCall({ operation: "put", key, value }, slot)).verdict).toBe("success");
        values.set(slot, value);
      }
      expect(thread.valueCells, `seed ${SEED}, step ${step}`).toBe(cells());
    }
    for (const [slot, value] of values) {
      expect(thread.slot(slot)?.value.slice(value === null ? 1 : 5)).toEqual(
        value ?? new Uint8Array(0),
      );
    }
  });
});
