// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCall, encodeCall } from "../src/call.ts";
import { isZetaError } from "../src/error.ts";
import {
  applyKvRecord,
  decodeKvArgument,
  decodeKvResult,
  encodeKvArgument,
  encodeKvResult,
  KV_RECORD_FUNCTIONS,
  type KvRecordOperation,
  kvFunctionNumber,
} from "../src/kv.ts";
import { CALL_SLOTS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../src/limits.ts";
import { bytes, SEED, u16 } from "./arbitraries.ts";

const options = { seed: SEED, numRuns: 200 };
const key = fc.uint8Array({ maxLength: 40 });
const value = fc.uint8Array({ maxLength: 100 });
const operation: fc.Arbitrary<KvRecordOperation> = fc.oneof(
  fc.record({ operation: fc.constant("get" as const), key }),
  fc.record({ operation: fc.constant("put" as const), key, value }),
  fc.record({ operation: fc.constant("delete" as const), key }),
);

describe("kv operations", () => {
  test("arguments survive encoding", () => {
    fc.assert(
      fc.property(operation, (call) => {
        expect(decodeKvArgument(kvFunctionNumber(call.operation), encodeKvArgument(call))).toEqual(
          call,
        );
      }),
      options,
    );
  });

  test("R.consume: an argument of put that is not exactly key and value is refused", () => {
    for (const argument of [[], [0], [0, 2, 1]]) {
      expect(() => decodeKvArgument(1, Uint8Array.from(argument))).toThrow(
        expect.objectContaining({ code: "R.consume" }),
      );
    }
    expect(() => decodeKvArgument(4, new Uint8Array())).toThrow(
      expect.objectContaining({ code: "R.fid" }),
    );
  });

  test("keys and values at their limits pass, one more byte is refused", () => {
    const at = {
      operation: "put",
      key: new Uint8Array(KEY_BYTES_MAX),
      value: new Uint8Array(VALUE_BYTES_MAX),
    } as const;
    expect(decodeKvArgument(1, encodeKvArgument(at))).toMatchObject({ key: at.key });
    const longKey = { ...at, key: new Uint8Array(KEY_BYTES_MAX + 1) };
    expect(() => encodeKvArgument(longKey)).toThrow(
      expect.objectContaining({ code: "key_too_long" }),
    );
    const longValue = { ...at, value: new Uint8Array(VALUE_BYTES_MAX + 1) };
    expect(() => encodeKvArgument(longValue)).toThrow(
      expect.objectContaining({ code: "value_too_large" }),
    );
    expect(() => decodeKvArgument(0, new Uint8Array(KEY_BYTES_MAX + 1))).toThrow();
  });

  test("results survive encoding and no other bytes are accepted", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KV_RECORD_FUNCTIONS),
        fc.uint8Array({ maxLength: 12 }),
        (name, raw) => {
          try {
            expect(encodeKvResult(decodeKvResult(name, raw))).toEqual(raw);
          } catch (error) {
            expect(isZetaError(error)).toBe(true);
          }
        },
      ),
      { ...options, numRuns: 1000 },
    );
  });

  test("behave as a map", () => {
    const model = new Map<string, Uint8Array>();
    fc.assert(
      fc.property(operation, (call) => {
        const name = call.key.join();
        const before = model.get(name) ?? null;
        const { result, after } = applyKvRecord(call, before);
        if (call.operation === "get") expect(result).toEqual({ value: before });
        else expect(result).toEqual({ existed: before !== null });
        expect(after).toEqual(
          call.operation === "put" ? call.value : call.operation === "delete" ? null : before,
        );
        if (after === null) model.delete(name);
        else model.set(name, after);
      }),
      { ...options, numRuns: 1000 },
    );
  });
});

describe("calls", () => {
  test("survive encoding; cuts before the argument are refused", () => {
    const call = fc.record({
      requestId: fc.option(bytes(16)),
      slots: fc.array(u16, { maxLength: 16 }),
      argument: value,
    });
    fc.assert(
      fc.property(call, fc.nat(), (content, cut) => {
        const encoded = encodeCall(content);
        expect(decodeCall(encoded)).toEqual(content);
        const header = encoded.length - content.argument.length;
        expect(() => decodeCall(encoded.slice(0, cut % header))).toThrow();
      }),
      options,
    );
  });

  test("as many slots as a call may have pass, one more is refused", () => {
    const payload = new Uint8Array(2 + 2 * (CALL_SLOTS_MAX + 1));
    payload[1] = CALL_SLOTS_MAX;
    expect(decodeCall(payload).slots).toHaveLength(CALL_SLOTS_MAX);
    payload[1] = CALL_SLOTS_MAX + 1;
    expect(() => decodeCall(payload)).toThrow(expect.objectContaining({ code: "D.length" }));
  });
});
