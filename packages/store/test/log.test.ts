// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { utf8 } from "@zeta/protocol/bytes";
import { encodeKvArgument } from "@zeta/protocol/kv";
import {
  CALL_SLOTS_MAX,
  FRAME_BYTES_MAX,
  KEY_BYTES_MAX,
  REQUEST_ID_BYTES,
  VALUE_BYTES_MAX,
} from "@zeta/protocol/limits";
import { type LogEntry, readLogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import { describe, expect, it } from "vitest";
import { DEMOTIONS_MAX, warmFor } from "../src/placement-policy.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { Warmth } from "../src/warmth.ts";
import { DEMOTIONS_MAX as KV64_DEMOTIONS_MAX } from "../src/wasm/kv64-store.ts";
import { Random } from "./support/random.ts";

describe("the log", () => {
  it("is written exactly as the protocol's own encoder would write it", () => {
    const random = new Random(3);
    const policy = warmFor(0);
    const store = new StoreWorker({
      thread: 0,
      threads: 1,
      slots: 9,
      valueMemoryBytes: 1 << 20,
      policy,
    });
    for (let i = 0; i < 400; i++) {
      const key = utf8(`k${random.below(40)}`);
      const value = random.bytes(random.below(90));
      const argument = encodeKvArgument({ operation: "put", key, value });
      store.execute({ function: 1, argument, requestId: i % 2 ? new Uint8Array(16) : null });
      if (i % 50 === 49) {
        store.beginEpochClose();
        store.continueEpochClose(1000);
      }
    }
    const found = new Set<LogEntry["type"]>();
    for (const frame of store.drain()) {
      const writer = new ByteWriter(frame.length);
      const reader = new ByteReader(frame);
      while (reader.remaining > 0) {
        const entry = readLogEntry(reader, "bytes");
        found.add(entry.type);
        writeLogEntry(writer, entry, "bytes");
      }
      expect(Buffer.compare(writer.view(), frame)).toBe(0);
    }
    expect(found.size).toBe(8);
  });

  it("is handed out as copies", () => {
    const store = new StoreWorker({ thread: 0, threads: 1, slots: 9, valueMemoryBytes: 1 << 20 });
    const get = { function: 0, argument: utf8("a"), requestId: null };
    store.execute(get);
    const [frame] = store.drain();
    const before = frame!.slice();
    store.execute(get);
    expect(frame).toEqual(before);
    const [second] = store.drain();
    expect(second!.length).toBeLessThan(frame!.length);
    expect(store.statistics.logBytes).toBe(frame!.length + second!.length);
    expect(store.statistics.calls).toBe(2);
  });
});

describe("demotion", () => {
  it("puts everything back once, children before their node, and fetches nothing twice", () => {
    const store = new StoreWorker({
      thread: 0,
      threads: 1,
      slots: 1000,
      valueMemoryBytes: 1 << 20,
      policy: warmFor(0),
    });
    const records = 300;
    for (let i = 0; i < records; i++) {
      const argument = encodeKvArgument({ operation: "put", key: utf8(`k${i}`), value: utf8("v") });
      store.execute({ function: 1, argument, requestId: null });
    }
    store.drain();
    expect(store.statistics).toMatchObject({ hot: records, nodesHot: records - 1 });
    store.seal();
    const counts = new Map<string, number>();
    for (const frame of store.drain()) {
      const reader = new ByteReader(frame);
      while (reader.remaining > 0) {
        const { type } = readLogEntry(reader, "bytes");
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
    }
    // All but the root leave, straight from their slots.
    expect([...counts]).toEqual([
      ["EvictM", 2 * records - 2],
      ["NextEpoch", 1],
      ["VerifyEpoch", 1],
    ]);
  });

  it("of elements in deferred memory costs each node one visit", () => {
    const records = 400;
    const store = new StoreWorker({
      thread: 0,
      threads: 1,
      slots: 40,
      valueMemoryBytes: 1 << 20,
      policy: warmFor(0),
    });
    for (let i = 0; i < records; i++) {
      const argument = encodeKvArgument({ operation: "put", key: utf8(`k${i}`), value: utf8("v") });
      store.execute({ function: 1, argument, requestId: null });
    }
    store.drain();
    store.beginEpochClose();
    store.continueEpochClose(Number.POSITIVE_INFINITY);
    let demoted = 0;
    for (const frame of store.drain()) {
      const reader = new ByteReader(frame);
      while (reader.remaining > 0)
        demoted += Number(readLogEntry(reader, "bytes").type === "EvictM");
    }
    // In another order than that of the paths most nodes would come and go many times.
    expect(demoted).toBeGreaterThan(1.5 * records);
    expect(demoted).toBeLessThan(2.2 * records);
    expect(store.statistics.cold).toBeGreaterThan(0.9 * records);
  });
});

describe("the limits", () => {
  it("are the same in the module", () => {
    const source = readFileSync(new URL("../assembly/profile.ts", import.meta.url), "utf8");
    const numbers = { KEY_BYTES_MAX, VALUE_BYTES_MAX, FRAME_BYTES_MAX, CALL_SLOTS_MAX };
    for (const [name, limit] of Object.entries({ ...numbers, REQUEST_ID_BYTES })) {
      expect(source).toContain(`export const ${name}: u32 = ${limit};`);
    }
    expect(DEMOTIONS_MAX).toBe(KV64_DEMOTIONS_MAX);
  });
});

describe("warmth", () => {
  it("falls while closes renew much, and rises again", () => {
    const warmth = new Warmth();
    const epochs: number[] = [];
    for (const renewed of [1e6, 1e6, 1e6, 1e6, 1e5, 0, 0, 0, 0]) {
      warmth.learn(renewed);
      epochs.push(warmth.policy.recordEpochs);
    }
    expect(epochs).toEqual([3, 2, 1, 1, 1, 2, 3, 4, 4]);
  });
});
