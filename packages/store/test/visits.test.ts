// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { type LogEntry, readLogEntry } from "@zeta/protocol/log-entry";
import { expect, test } from "vitest";
import { GET, PUT, type WarmthPolicy } from "../src/wasm/kv64-store.ts";
import { Kv64Monitored } from "./support/kv64-monitored.ts";
import { Random } from "./support/random.ts";

/** What becomes of records that calls bring in from the tree, counted in the log. */

const RECORDS = 4000;
const COLD_AT_ONCE: WarmthPolicy = { recordEpochs: 0, nodeEpochs: 0, demotionsMax: 100_000 };
const WARMTH: WarmthPolicy = { recordEpochs: 4, nodeEpochs: 1, demotionsMax: 100_000 };

class ColdWorld {
  readonly checked: Kv64Monitored;
  readonly keys: readonly bigint[];
  /** Nodes that entered slots from the tree, and that went back to it: each costs a value hash. */
  nodesHashed = 0;
  /** Nodes that entered slots from deferred memory. */
  nodesAdded = 0;
  /** The log since the last close, a letter for each entry: A node from the tree, E node or record to the tree, - anything else. */
  trace = "";
  readonly #random = new Random(11);

  /** Everything is in the tree, and long forgotten. */
  constructor(slots: number) {
    this.checked = new Kv64Monitored({ slots, recordsMax: RECORDS, warmth: COLD_AT_ONCE });
    this.keys = Array.from({ length: RECORDS }, () => {
      return (BigInt(this.#random.below(2 ** 32)) << 32n) | BigInt(this.#random.below(2 ** 32));
    });
    this.call(this.keys, PUT);
    for (let close = 0; close < 20; close++) this.close();
    this.checked.store.setWarmth(WARMTH);
    this.nodesHashed = this.nodesAdded = 0;
  }

  call(keys: readonly bigint[], kind = GET): void {
    const { batch } = this.checked.store;
    for (const [i, key] of keys.entries()) {
      batch.words.set([key, BigInt(i)], 2 * i);
      batch.kinds[i] = kind;
    }
    this.checked.store.run(keys.length, (frame) => this.#count(frame));
  }

  close(): void {
    this.trace = "";
    const { store, monitor } = this.checked;
    const epoch = store.beginEpochClose();
    while (!store.continueEpochClose(1000, (frame) => this.#count(frame)));
    expect(monitor.maxCertifiedEpoch).toBe(epoch);
  }

  #count(frame: Uint8Array): void {
    this.checked.sink(frame);
    const kinds = new Map<number, "app" | "internal">();
    const reader = new ByteReader(frame);
    while (reader.remaining > 0) {
      const entry = readLogEntry(reader, "kv64");
      this.trace += letterOf(entry);
      if (entry.type === "AddM" || entry.type === "AddB") {
        kinds.set(entry.slot, entry.record.kind);
        if (entry.record.kind !== "internal") continue;
        if (entry.type === "AddM") this.nodesHashed++;
        else this.nodesAdded++;
      } else if (entry.type === "EvictM" && kinds.get(entry.slot) === "internal")
        this.nodesHashed++;
    }
  }

  get statistics() {
    return this.checked.store.statistics;
  }
}

function letterOf(entry: LogEntry): string {
  if (entry.type === "AddM" && entry.record.kind === "internal") return "A";
  return entry.type === "EvictM" ? "E" : "-";
}

test("a record that is used once goes back to the tree with its path", () => {
  const world = new ColdWorld(256);
  const [epochs, perEpoch] = [30, 100];
  for (let from = 0; from < epochs * perEpoch; from += perEpoch) {
    for (let i = from; i < from + perEpoch; i += 10) world.call(world.keys.slice(i, i + 10));
    world.close();
  }
  // Eleven nodes are above a record here. Those that many paths go through stay warm; the others are hashed on the way in and back out.
  expect(world.nodesHashed / (epochs * perEpoch)).toBeLessThan(8);
  expect(world.nodesAdded / (epochs * perEpoch)).toBeLessThan(4);
  expect(world.statistics.warm).toBe(0);
});

test("a record that is used often stays warm until it no longer is", () => {
  const world = new ColdWorld(16);
  const [wanted, ...others] = world.keys as [bigint, ...bigint[]];
  const visits = (round: number) => {
    for (const other of others.slice(8 * round, 8 * round + 8)) world.call([other]);
  };
  // Its count is three after the third use, and four after one that follows soon.
  for (const [round, warm] of [0, 0, 1, 1].entries()) {
    world.call([wanted]);
    visits(round);
    expect(world.statistics.warm).toBe(warm);
  }
  for (let epoch = 0; epoch < WARMTH.recordEpochs; epoch++) world.close();
  expect(world.statistics.warm).toBe(1);
  for (let epoch = 0; epoch < WARMTH.recordEpochs; epoch++) world.close();
  expect(world.statistics.warm).toBe(0);
});

test("a record that is used now and then, but less often than the policy wants, stays in the tree", () => {
  const world = new ColdWorld(16);
  const [wanted, ...others] = world.keys as [bigint, ...bigint[]];
  for (let round = 0; round < 20; round++) {
    world.call([wanted]);
    for (const other of others.slice(8 * round, 8 * round + 8)) world.call([other]);
    for (let epoch = 0; epoch < 2 * WARMTH.recordEpochs; epoch++) world.close();
    expect(world.statistics.warm).toBe(0);
  }
});

test("records that are used often keep their slots while cold ones are visited", () => {
  const world = new ColdWorld(128);
  const often = world.keys.slice(0, 90);
  for (let round = 0; round < 8; round++) world.call(often);
  let hot = 0;
  const rounds = 90;
  for (let round = 0; round < rounds; round++) {
    const cold = world.keys.slice(200 + 40 * round, 240 + 40 * round);
    for (let i = 0; i < 40; i += 10) world.call([...often, ...cold.slice(i, i + 10)]);
    if (round % 5 === 0) world.close();
    hot += world.statistics.hot;
  }
  expect(hot / rounds).toBeGreaterThan(50);
});

test("paths that leave are exchanged for those that come, node for node", () => {
  const world = new ColdWorld(256);
  const [often, group] = [world.keys.slice(0, 150), 64];
  for (let round = 0; round < 8; round++) world.call(often);
  world.close();
  for (let round = 0; round < 100; round++) {
    const cold = world.keys.slice(200 + 8 * round, 208 + 8 * round);
    world.call([...often.slice(0, group - cold.length), ...cold]);
  }
  // The monitor hashes two nodes at once only where nothing else stands between them (packages/monitor/assembly/incoming-nodes.ts).
  const nodes = world.trace.match(/A/g)?.length ?? 0;
  const exchanged = world.trace.match(/EE+A+/g)?.join("").match(/A/g)?.length ?? 0;
  expect(nodes).toBeGreaterThan(100);
  expect(exchanged / nodes).toBeGreaterThan(0.6);
});
