// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { utf8 } from "@zeta/protocol/bytes";
import { decodeCall } from "@zeta/protocol/call";
import { keyDigest } from "@zeta/protocol/digest";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { describe, expect, it } from "vitest";
import { ArrayCall } from "../src/array-call.ts";
import type { FunctionTable } from "../src/function-table.ts";
import { MERKLE_ONLY, warmFor } from "../src/placement-policy.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { createMonitor } from "./support/monitors.ts";
import { Random } from "./support/random.ts";

/** A service of one function over 1..16 records: each gets the value of the one after it, with a byte more; the result counts them. */
const RECORDS_MAX = 16;

function parseRotation(argument: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(argument);
  const keys: Uint8Array[] = [];
  while (reader.remaining > 0) keys.push(reader.frame8(1, 255, "key"));
  if (keys.length === 0 || keys.length > RECORDS_MAX) {
    throw new ZetaError("R.consume", `expected 1..${RECORDS_MAX} keys, got ${keys.length}`);
  }
  return keys;
}

function rotate(values: readonly (Uint8Array | null)[]) {
  const after = values.map((_, i) => {
    const next = values[(i + 1) % values.length] ?? new Uint8Array(0);
    return Uint8Array.of(...next, i);
  });
  return { result: Uint8Array.of(values.length), after };
}

const STORE_TABLE: FunctionTable = {
  recordsPerCallMax: RECORDS_MAX,
  functions: [
    (argument) =>
      new ArrayCall(parseRotation(argument), (values) => {
        const { result, after } = rotate(values);
        return { result, values: after };
      }),
  ],
};

const MONITOR_TABLE = new Map([
  [
    0,
    (payload: Uint8Array) => {
      const call = decodeCall(payload);
      const keys = parseRotation(call.argument).map(keyDigest);
      return { ...call, keys, run: rotate };
    },
  ],
]);

const SIZE = { slots: RECORDS_MAX + 3, valueMemoryBytes: RECORDS_MAX << 20 };

function argumentOf(names: readonly string[]): Uint8Array {
  return Uint8Array.from(names.flatMap((name) => [name.length, ...utf8(name)]));
}

describe("a service of calls over many records", () => {
  for (const policy of [warmFor(1), MERKLE_ONLY]) {
    it(`certifies in the least number of slots, ${policy === MERKLE_ONLY ? "merkle only" : "warm for 1"}`, () => {
      const random = new Random(21);
      const monitor = createMonitor("reference", SIZE, MONITOR_TABLE);
      const store = new StoreWorker({
        thread: 0,
        threads: 1,
        ...SIZE,
        policy,
        functions: STORE_TABLE,
      });
      for (let i = 0; i < 150; i++) {
        const count = 1 + random.below(RECORDS_MAX);
        const names = new Set(Array.from({ length: count }, () => `k${random.below(60)}`));
        const argument = argumentOf([...names]);
        const { result } = store.execute({ function: 0, argument, requestId: new Uint8Array(16) });
        expect(result).toEqual(Uint8Array.of(names.size));
        if (i % 10 === 9) {
          store.beginEpochClose();
          while (!store.continueEpochClose(5));
        }
        for (const frame of store.drain()) {
          expect(monitor.instance.verifyLog(0, frame).check).toBe(null);
        }
      }
      expect(monitor.instance.maxCertifiedEpoch).toBe(14);
    });
  }

  it("runs the calls before a bad one, and then refuses that one", () => {
    const store = new StoreWorker({ thread: 0, threads: 1, ...SIZE, functions: STORE_TABLE });
    const call = (...names: string[]) => ({
      ...{ function: 0, requestId: null },
      argument: argumentOf(names),
    });
    const calls = [call("a"), call("b", "c"), call("d", "d"), call("e")];
    expect(store.executeBatch(calls).map(({ result }) => result[0])).toEqual([1, 2]);
    expect(() => store.executeBatch(calls, 2)).toThrow("distinct keys");
    expect(store.executeBatch(calls, 3)).toHaveLength(1);
    expect(store.statistics.calls).toBe(3);
  });

  it("refuses one key twice in a call, and logs nothing", () => {
    const store = new StoreWorker({ thread: 0, threads: 1, ...SIZE, functions: STORE_TABLE });
    const argument = argumentOf(["a", "b", "a"]);
    let code = "";
    try {
      store.execute({ function: 0, argument, requestId: null });
    } catch (error) {
      code = isZetaError(error) ? error.code : "";
    }
    expect(code).toBe("R.distinct");
    expect(store.pendingBytes).toBe(0);
  });

  it("needs slots and value memory for all records of a call", () => {
    const options = { thread: 0, threads: 1, ...SIZE, functions: STORE_TABLE };
    expect(() => new StoreWorker({ ...options, slots: SIZE.slots - 1 })).toThrow(
      "slots: expected a whole number from 19 to 65535, got 18",
    );
    const valueMemoryBytes = SIZE.valueMemoryBytes - 1;
    expect(() => new StoreWorker({ ...options, valueMemoryBytes })).toThrow("value memory");
  });
});
