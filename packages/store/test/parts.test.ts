// SPDX-License-Identifier: Apache-2.0
import { commonDepth, isProperDescendant } from "@zeta/protocol/base-key";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { utf8 } from "@zeta/protocol/bytes";
import { encodeKvArgument } from "@zeta/protocol/kv";
import { type LogEntry, readLogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import { describe, expect, it } from "vitest";
import { ByteSlab } from "../src/byte-slab.ts";
import { MonitorClock } from "../src/clock.ts";
import type { Element } from "../src/element.ts";
import { MerkleMirror } from "../src/merkle-mirror.ts";
import { warmFor } from "../src/placement-policy.ts";
import { StoredRecord } from "../src/record.ts";
import { nameOf } from "../src/record-index.ts";
import { StoreWorker } from "../src/store-worker.ts";
import { inSweepOrder } from "../src/sweep-order.ts";
import { Random } from "./support/random.ts";

function record(lastByte: number): StoredRecord {
  const digest = new Uint8Array(32);
  digest[31] = lastByte;
  return new StoredRecord(digest);
}

describe("the clock", () => {
  it("evicts rising keys at one time, and others one later", () => {
    const clock = new MonitorClock();
    const counters: number[] = [];
    for (const key of [5, 6, 200, 200, 7, 8].map(record)) {
      clock.tickFor(key);
      counters.push(clock.counter);
    }
    expect(counters).toEqual([0, 0, 0, 1, 2, 2]);
  });

  it("lets smaller keys follow at the new time once an add moved it, and only then", () => {
    const clock = new MonitorClock();
    clock.tickFor(record(9));
    clock.advanceBeyond(0, 0);
    clock.tickFor(record(3));
    expect(clock.counter).toBe(1);
    clock.advanceBeyond(0, 0);
    clock.tickFor(record(2));
    expect(clock.counter).toBe(2);
  });

  it("starts each epoch at zero and refuses the end of the counter", () => {
    const clock = new MonitorClock();
    clock.advanceBeyond(0, 0xffff_fffc);
    clock.tickFor(record(1));
    expect(clock.counter).toBe(0xffff_fffd);
    clock.tickFor(record(1));
    expect(() => clock.tickFor(record(1))).toThrow("a counter below");
    expect(() => clock.advanceBeyond(0, 0xffff_ffff)).toThrow("a counter below");
    clock.nextEpoch();
    expect([clock.epoch, clock.counter]).toEqual([1, 0]);
  });
});

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

describe("the order of the sweep", () => {
  it("has each node after everything below it, and neighbours side by side", () => {
    const seed = 5;
    const random = new Random(seed);
    const tree = new MerkleMirror();
    const elements: Element[] = [];
    for (let i = 0; i < 500; i++) {
      const leaf = new StoredRecord(random.bytes(32));
      const node = tree.nearestNode(leaf);
      const below =
        node.left !== null && commonDepth(node.left, leaf) > node.depth ? node.left : node.right;
      if (below !== null && commonDepth(below, leaf) > node.depth) {
        const inner = tree.forkFor(leaf, below);
        tree.splice(node, inner, below);
        tree.attach(leaf, inner);
        elements.push(inner);
      } else tree.attach(leaf, node);
      elements.push(leaf);
    }
    const ordered = inSweepOrder(elements);
    expect(new Set(ordered).size).toBe(elements.length);
    // The first element that comes after one above it, if there is any.
    const early = ordered.find((element, i) =>
      ordered.slice(0, i).some((above) => isProperDescendant(element, above)),
    );
    expect(early).toBe(undefined);
  });
});

describe("names and slabs", () => {
  it("give different keys different names, on both ways to make them", () => {
    for (const length of [1, 128, 129, 4096]) {
      const keys = Array.from({ length: 256 }, (_, i) => new Uint8Array(length).fill(i));
      const names = keys.map(nameOf);
      expect(new Set(names).size).toBe(256);
      for (const [i, name] of names.entries()) {
        expect(name.length).toBe(length);
        expect(name.charCodeAt(length - 1)).toBe(i);
      }
    }
  });

  it("cut pieces that do not overlap", () => {
    const slab = new ByteSlab();
    const pieces = Array.from({ length: 100 }, (_, i) => slab.take(50 * i).fill(i));
    for (const [i, piece] of pieces.entries()) {
      expect(piece.length).toBe(50 * i);
      expect(piece.every((byte) => byte === i)).toBe(true);
    }
  });
});
