// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { encodeCall } from "@zeta/protocol/call";
import { blake3Digest, keyDigest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { encodeTransact } from "@zeta/protocol/kv-transact-codec";
import { TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { describe, expect, test } from "vitest";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { type Run, runLog } from "./support/run-log.ts";
import { app, DONE, keyOf, Script } from "./support/script.ts";

const BOTH = ["wasm", "reference"] as const;
const TRANSACT = 3;

const SHAPE = { profile: "bytes", keyHash: "identity", threads: 1, slots: 200 } as const;

const equals = (text: string) => ({ equals: blake3Digest(utf8(text)) });
const put = (text: string) => ({ put: utf8(text) });

/** Two records, "one" in slot 1 and none in slot 2. */
function opened(): Script {
  const script = new Script();
  script.on(0).addM(app("A", null), 1, 0).put("A", "one", 1, false).addM(app("C", null), 2, 0);
  return script;
}

function run(name: (typeof BOTH)[number], script: Script, memory?: number): Run {
  const frames = script.frames.map(({ thread, entries }) => ({
    thread,
    bytes: encodeFrame(entries, "bytes"),
  }));
  const shape = { ...SHAPE, ...(memory !== undefined && { valueMemoryBytes: memory }) };
  return runLog(MONITORS[name]("bytes"), shape, frames);
}

function claimed(script: Script): string {
  return script.history.map(({ leaf }) => toHex(leaf)).join("");
}

function leaves({ results }: Run): string {
  return results.map((result) => toHex(result.leaves)).join("");
}

/** The text in a slot; null: the record has no value. */
function valueIn({ instance }: Run, slot: number): string | null {
  const value = instance.threads[0]?.slot(slot)?.value ?? new Uint8Array(1);
  return value[0] === 0 ? null : Buffer.from(value.subarray(5)).toString();
}

describe.each(BOTH)("transact, %s monitor", (name) => {
  test("writes all records when every condition holds, and proves it", () => {
    const script = opened();
    script.on(0).transact(
      [
        { leaf: "A", slot: 1, condition: equals("one"), write: "delete" },
        { leaf: "C", slot: 2, condition: "absent", write: put("moved") },
      ],
      DONE,
    );
    const done = run(name, script.closeEpoch());
    expect(done.max).toBe(0);
    expect(leaves(done)).toBe(claimed(script));
    expect([valueIn(done, 1), valueIn(done, 2)]).toEqual([null, "moved"]);
  });

  test("writes nothing when one does not, and proves which was the first", () => {
    const script = opened();
    script.on(0).transact(
      [
        { leaf: "A", slot: 1, condition: "present", write: "delete" },
        { leaf: "C", slot: 2, condition: "present", write: put("moved") },
      ],
      { done: false, failedAt: 1 },
    );
    const failed = run(name, script.closeEpoch());
    expect(failed.max).toBe(0);
    expect(leaves(failed)).toBe(claimed(script));
    expect([valueIn(failed, 1), valueIn(failed, 2)]).toEqual(["one", null]);
  });

  test.each([
    ["done, which it was not", "two", DONE],
    ["not done, which it was", "one", { done: false, failedAt: 0 }],
    ["another record's condition", "two", { done: false, failedAt: 1 }],
  ] as const)("a client that is told %s has no leaf for it", (_lie, expected, told) => {
    const script = opened();
    const from = { leaf: "A", slot: 1, condition: equals(expected), write: put("new") } as const;
    script.on(0).transact([from, { leaf: "C", slot: 2 }], told);
    const ran = run(name, script.closeEpoch());
    expect(ran.max).toBe(0);
    expect(leaves(ran)).not.toBe(claimed(script));
  });

  test.each([
    ["a skipped condition", { condition: "any" }],
    ["half of the writes", { write: "keep" }],
    ["another value", { write: put("5") }],
  ] as const)("a log with %s proves nothing of what the client asked", (_lie, change) => {
    const asked = { condition: equals("two"), write: put("new") } as const;
    const [honest, lying] = [asked, { ...asked, ...change }].map((item) => {
      const script = opened();
      script.on(0).transact(
        [
          { leaf: "A", slot: 1, ...item },
          { leaf: "C", slot: 2 },
        ],
        DONE,
      );
      return { script, ran: run(name, script) };
    });
    expect(leaves(lying!.ran)).not.toBe(claimed(honest!.script));
  });

  test("R.key: slots of two records the wrong way round", () => {
    const script = opened();
    script.on(0).transact(
      [
        { leaf: "A", slot: 2 },
        { leaf: "C", slot: 1 },
      ],
      DONE,
    );
    expect(run(name, script).results.at(-1)).toMatchObject({
      verdict: "app_failure",
      check: "R.key",
    });
  });

  test("L.memory: room counts for all new values together, once all old ones are gone", () => {
    const swap = (bytes: number) => {
      const script = opened();
      const write = { put: new Uint8Array(bytes) };
      script.on(0).transact(
        [
          { leaf: "A", slot: 1, write },
          { leaf: "C", slot: 2, write },
        ],
        DONE,
      );
      return run(name, script, 4 * 64).results.at(-1)?.check;
    };
    // "one" takes a cell of the four; in the order of the slots two values of two cells would need five.
    expect(swap(128)).toBe(null);
    expect(swap(129)).toBe("L.memory");
  });
});

/** Records of their own keys in slots 1.. and a transaction over the first `count` of them, which puts their numbers. */
function many(count: number): LogEntry[] {
  const keys = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  const added = keys.map((key, i): LogEntry => {
    const record = { kind: "app", key: keyDigest(key), value: null } as const;
    return { type: "AddB", record, slot: 1 + i, time: { epoch: 0, counter: 1 }, thread: 0 };
  });
  const items = keys.map(
    (key, i): TransactItem => ({ key, condition: "absent", write: { put: Uint8Array.of(i) } }),
  );
  const argument = encodeTransact(items.slice(0, TRANSACT_RECORDS_MAX));
  const slots = keys.map((_, i) => 1 + i).slice(0, TRANSACT_RECORDS_MAX);
  const payload = encodeCall({ requestId: null, slots, argument });
  return [...added, { type: "RunApp", function: TRANSACT, payload }];
}

function checkOf(name: (typeof BOTH)[number], entries: readonly LogEntry[]): string | null {
  const bytes = encodeFrame(entries, "bytes");
  const { results } = runLog(MONITORS[name]("bytes"), SHAPE, [{ thread: 0, bytes }]);
  return results[0]?.check ?? null;
}

describe.each(BOTH)("the number of records, %s monitor", (name) => {
  test("TRANSACT_RECORDS_MAX pass", () => {
    expect(checkOf(name, many(TRANSACT_RECORDS_MAX))).toBe(null);
  });

  test("one more, written by hand, is R.consume", () => {
    const entries = many(TRANSACT_RECORDS_MAX + 1);
    const call = entries.at(-1) as Extract<LogEntry, { type: "RunApp" }>;
    // u8 flag 0, then the number of slots, u16 each, and the argument with its number of items.
    const count = TRANSACT_RECORDS_MAX + 1;
    const slots = call.payload.subarray(2, 2 + 2 * TRANSACT_RECORDS_MAX);
    const items = call.payload.subarray(3 + 2 * TRANSACT_RECORDS_MAX);
    const item = [0, 1, TRANSACT_RECORDS_MAX, 0, 0];
    const payload = Uint8Array.from([0, count, ...slots, 0, count, count, ...items, ...item]);
    expect(checkOf(name, entries.with(-1, { ...call, payload }))).toBe("R.consume");
  });
});

/** Arguments that are nearly one of `transact`, for both monitors. */
describe("an argument that is not exactly one transaction is R.consume", () => {
  const item = (...bytes: number[]) => [0, 2, ...keyOf("A"), ...bytes];
  const digest = [...new Uint8Array(32)];
  test.each([
    ["nothing", []],
    ["no item", [0]],
    ["a condition of no kind", [1, ...item(4, 0)]],
    ["no condition", [1, 0, 2, ...keyOf("A")]],
    ["no write", [1, ...item(0)]],
    ["half a digest", [1, ...item(3, ...digest.slice(1))]],
    ["a digest and no write", [1, ...item(3, ...digest)]],
    ["a write of no kind", [1, ...item(0, 3)]],
    ["half a length", [1, ...item(0, 2, 0, 0, 0)]],
    ["more value than there is", [1, ...item(0, 2, 0, 0, 0, 2, 9)]],
    ["a length that would wrap around", [1, ...item(0, 2, 255, 255, 255, 255, 9)]],
    ["a byte to spare", [1, ...item(0, 0, 0)]],
    ["a key longer than the argument", [1, 16, 0, 65]],
  ])("%s", (_name, argument) => {
    const record = app("A", null);
    const added: LogEntry = { type: "AddM", record, slot: 1, parent: 0 };
    const payload = Uint8Array.from([0, 1, 0, 1, ...argument]);
    const entries: LogEntry[] = [added, { type: "RunApp", function: TRANSACT, payload }];
    expect(BOTH.map((name) => checkOf(name, entries))).toEqual(["R.consume", "R.consume"]);
  });
});
