// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, concatBytes, utf8 } from "../src/bytes.ts";
import { blake3Digest } from "../src/digest.ts";
import { isZetaError } from "../src/error.ts";
import {
  applyKv,
  decodeKvArgument,
  decodeKvResult,
  encodeKvArgument,
  encodeKvResult,
  kvKeys,
} from "../src/kv.ts";
import { applyTransact, type TransactItem } from "../src/kv-transact.ts";
import { decodeTransact, encodeTransact } from "../src/kv-transact-codec.ts";
import {
  ARGUMENT_BYTES_MAX,
  KEY_BYTES_MAX,
  TRANSACT_RECORDS_MAX,
  VALUE_BYTES_MAX,
} from "../src/limits.ts";
import { digest, SEED } from "./arbitraries.ts";

const TRANSACT = 3;
const options = { seed: SEED, numRuns: 300 };

const value = fc.uint8Array({ maxLength: 40 });
const item: fc.Arbitrary<TransactItem> = fc.record({
  key: fc.uint8Array({ maxLength: 6 }),
  condition: fc.oneof(
    fc.constantFrom("any" as const, "absent" as const, "present" as const),
    digest.map((equals) => ({ equals })),
  ),
  write: fc.oneof(
    fc.constantFrom("keep" as const, "delete" as const),
    value.map((put) => ({ put })),
  ),
});
const items = fc
  .uniqueArray(item, { minLength: 1, maxLength: 12, selector: ({ key }) => key.join() })
  .map((list) => list.toSorted((a, b) => compareBytes(a.key, b.key)));

const KEEP = { condition: "any", write: "keep" } as const;
const keep = (key: Uint8Array): TransactItem => ({ key, ...KEEP });
const code = (expected: string) => expect.objectContaining({ code: expected });

describe("the argument of transact", () => {
  test("survives encoding, and no cut or longer one is taken for it", () => {
    fc.assert(
      fc.property(items, fc.nat(), (list, cut) => {
        const call = { operation: "transact", items: list } as const;
        const argument = encodeKvArgument(call);
        expect(decodeKvArgument(TRANSACT, argument)).toEqual(call);
        expect(kvKeys(call)).toEqual(list.map(({ key }) => key));
        const refused = code("R.consume");
        const short = argument.subarray(0, cut % argument.length);
        expect(() => decodeKvArgument(TRANSACT, short)).toThrow(refused);
        const long = concatBytes(argument, Uint8Array.of(0));
        expect(() => decodeKvArgument(TRANSACT, long)).toThrow(refused);
      }),
      options,
    );
  });

  test("has the bytes that the formats say", () => {
    const equals = new Uint8Array(32).fill(7);
    const argument = encodeTransact([
      { key: utf8("a"), condition: { equals }, write: { put: utf8("xy") } },
      { key: utf8("ab"), condition: "present", write: "delete" },
      { key: utf8("b"), condition: "absent", write: "keep" },
    ]);
    const first = [3, 0, 1, 97, 3, ...equals, 2, 0, 0, 0, 2, 120, 121];
    expect([...argument]).toEqual([...first, 0, 2, 97, 98, 2, 1, 0, 1, 98, 1, 0]);
  });

  test.each([
    ["no record", [0]],
    ["a condition of no kind", [1, 0, 0, 4, 0]],
    ["a write of no kind", [1, 0, 0, 0, 3]],
    ["half a digest", [1, 0, 0, 3, ...new Uint8Array(31)]],
    ["more value than there is", [1, 0, 0, 0, 2, 0, 0, 0, 2, 9]],
    ["the same key twice", [2, 0, 1, 97, 0, 0, 0, 1, 97, 0, 0]],
    ["keys in descending order", [2, 0, 1, 98, 0, 0, 0, 1, 97, 0, 0]],
    ["a key before its own beginning", [2, 0, 2, 97, 98, 0, 0, 0, 1, 97, 0, 0]],
  ])("R.consume: %s", (_name, argument) => {
    expect(() => decodeKvArgument(TRANSACT, Uint8Array.from(argument))).toThrow(code("R.consume"));
  });

  test("up to TRANSACT_RECORDS_MAX records pass, one more is refused", () => {
    const many = Array.from({ length: TRANSACT_RECORDS_MAX + 1 }, (_, i) => keep(Uint8Array.of(i)));
    const most = encodeTransact(many.slice(1));
    expect(decodeTransact(most)).toHaveLength(TRANSACT_RECORDS_MAX);
    expect(() => encodeTransact(many)).toThrow(code("invalid_request"));
    expect(() => encodeTransact([])).toThrow(code("invalid_request"));
    const more = concatBytes(most, Uint8Array.of(0, 1, 255, 0, 0));
    more[0] = TRANSACT_RECORDS_MAX + 1;
    expect(() => decodeTransact(more)).toThrow(code("D.length"));
  });

  test("the longest key and value pass on a condition; longer ones are refused", () => {
    const longest: TransactItem = {
      key: new Uint8Array(KEY_BYTES_MAX),
      condition: { equals: new Uint8Array(32) },
      write: { put: new Uint8Array(VALUE_BYTES_MAX) },
    };
    const argument = encodeTransact([longest]);
    expect(argument).toHaveLength(ARGUMENT_BYTES_MAX);
    expect(decodeTransact(argument)).toEqual([longest]);
    const longKey = { ...longest, key: new Uint8Array(KEY_BYTES_MAX + 1) };
    expect(() => encodeTransact([longKey])).toThrow(code("key_too_long"));
    const longValue = { ...longest, write: { put: new Uint8Array(VALUE_BYTES_MAX + 1) } };
    expect(() => encodeTransact([longValue])).toThrow(code("value_too_large"));
    const more = [longest, keep(new Uint8Array(KEY_BYTES_MAX).fill(1))];
    expect(() => encodeTransact(more)).toThrow(code("payload_too_large"));
  });

  test("keys must ascend, each once", () => {
    const [a, b] = [keep(utf8("a")), keep(utf8("b"))];
    expect(() => encodeTransact([b, a])).toThrow(code("invalid_request"));
    expect(() => encodeTransact([a, a])).toThrow(code("duplicate_record"));
  });
});

describe("the result of transact", () => {
  test("survives encoding, and no other bytes are accepted", () => {
    const accepted: string[] = [];
    for (let first = 0; first < 256; first++) {
      for (const raw of [[first], [0, first], [1, first], [0, 0, first]]) {
        const bytes = Uint8Array.from(raw);
        try {
          expect(encodeKvResult(decodeKvResult("transact", bytes))).toEqual(bytes);
          accepted.push(raw.join());
        } catch (error) {
          expect(isZetaError(error)).toBe(true);
        }
      }
    }
    expect(accepted).toHaveLength(1 + TRANSACT_RECORDS_MAX);
  });
});

describe("transact", () => {
  const [one, two] = [utf8("1"), utf8("2")];
  const equals = (bytes: Uint8Array) => ({ equals: blake3Digest(bytes) });

  test.each([
    ["any", null, true],
    ["any", one, true],
    ["absent", null, true],
    ["absent", one, false],
    ["present", null, false],
    ["present", one, true],
    [equals(one), one, true],
    [equals(one), two, false],
    [equals(one), null, false],
    [equals(utf8("")), null, false],
  ] as const)("condition %j on %j", (condition, before, done) => {
    const { result } = applyTransact([{ ...keep(utf8("k")), condition }], [before]);
    expect(result.done).toBe(done);
  });

  test("writes all or nothing, and names the first condition that did not hold", () => {
    const list: TransactItem[] = [
      { key: utf8("a"), condition: "present", write: { put: two } },
      { key: utf8("b"), condition: "any", write: "delete" },
      { key: utf8("c"), condition: equals(one), write: "keep" },
      { key: utf8("d"), condition: "absent", write: { put: one } },
    ];
    const call = { operation: "transact", items: list } as const;
    const done = applyKv(call, [one, one, one, null]);
    expect(done).toEqual({ result: { done: true, failedAt: null }, after: [two, null, one, one] });
    const failed = applyKv(call, [one, one, two, one]);
    const after = [one, one, two, one];
    expect(failed).toEqual({ result: { done: false, failedAt: 2 }, after });
  });
});
