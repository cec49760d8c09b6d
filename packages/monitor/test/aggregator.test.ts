// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { createReferenceAggregator } from "../reference/aggregate.ts";
import {
  type AggregateEvent,
  type AggregatorOptions,
  createAggregator,
} from "../src/aggregator.ts";
import type { EpochContribution } from "../src/verdict.ts";

const AGGREGATORS = { ours: createAggregator, reference: createReferenceAggregator } as const;

/** A share of an epoch that balances by itself, with some of its fields changed. */
function share(thread: number, epoch: number, changed: Partial<EpochContribution> = {}) {
  const sum = new Uint8Array(32).fill(thread + 1);
  const receiptsRoot = new Uint8Array(32).fill(epoch);
  const counts = { addCount: 3n, evictCount: 3n, operations: 10n, leafCount: 2n };
  return { thread, epoch, add: sum, evict: sum, ...counts, receiptsRoot, ...changed };
}

/** The lanes of an accumulator. */
function lanes(...values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  for (const [i, value] of values.entries()) view.setBigUint64(8 * i, value, true);
  return new Uint8Array(view.buffer);
}

describe.each(["ours", "reference"] as const)("the aggregate (%s)", (name) => {
  function start(options: Omit<AggregatorOptions, "report">) {
    const events: AggregateEvent[] = [];
    const create = AGGREGATORS[name];
    const aggregator = create({ ...options, report: (event) => events.push(event) });
    return { aggregator, events };
  }

  test("certifies an epoch at the contribution that completes it (A.all)", () => {
    const { aggregator, events } = start({ profile: "bytes", threads: 2 });
    expect(aggregator.contribute(share(1, 0, { leafCount: 7n }))).toBe(true);
    expect([aggregator.maxCertifiedEpoch, events]).toEqual([null, []]);
    expect(aggregator.contribute(share(0, 0))).toBe(true);
    expect(aggregator.maxCertifiedEpoch).toBe(0);
    const receiptsRoot = new Uint8Array(32);
    const threads = [
      { leafCount: 2n, receiptsRoot },
      { leafCount: 7n, receiptsRoot },
    ];
    expect(events).toEqual([{ kind: "certified", epoch: 0, operations: 20n, threads }]);
  });

  test("adds the shares of all threads, lane by lane modulo 2^64", () => {
    const { aggregator } = start({ profile: "bytes", threads: 2 });
    const top = 2n ** 64n - 1n;
    aggregator.contribute(
      share(0, 0, { add: lanes(top, 1n, 0n, 5n), evict: lanes(1n, 0n, 0n, 0n) }),
    );
    aggregator.contribute(
      share(1, 0, { add: lanes(3n, 0n, 0n, 0n), evict: lanes(1n, 1n, 0n, 5n) }),
    );
    expect(aggregator.maxCertifiedEpoch).toBe(0);
  });

  test.each([
    ["A.count", { addCount: 4n }],
    ["A.hash", { add: lanes(1n, 0n, 0n, 0n), evict: lanes(0n, 0n, 0n, 0n) }],
    ["A.hash", { add: lanes(0n, 1n, 0n, 0n), evict: lanes(0n, 0n, 0n, 0n) }],
    ["A.hash", { add: lanes(0n, 0n, 1n, 0n), evict: lanes(0n, 0n, 0n, 0n) }],
    ["A.hash", { add: lanes(0n, 0n, 0n, 1n), evict: lanes(0n, 0n, 0n, 0n) }],
  ] as const)("%s: an epoch that does not balance ends certification", (check, changed) => {
    const { aggregator, events } = start({ profile: "bytes", threads: 1 });
    aggregator.contribute(share(0, 0));
    aggregator.contribute(share(0, 1, changed));
    aggregator.contribute(share(0, 2));
    expect(aggregator.maxCertifiedEpoch).toBe(0);
    expect(events.slice(1)).toEqual([{ kind: "mismatch", epoch: 1, check }]);
  });

  test.each(["kv64", "bytes"] as const)(
    "P.once: a second share of an epoch, profile %s",
    (profile) => {
      const { aggregator, events } = start({ profile, threads: 2 });
      aggregator.contribute(share(0, 0));
      expect(aggregator.contribute(share(0, 0))).toBe(false);
      expect(aggregator.contribute(share(1, 0))).toBe(false);
      expect([aggregator.maxCertifiedEpoch, events]).toEqual(["error", []]);
    },
  );

  test("A.poison: nothing is taken or certified afterwards", () => {
    const { aggregator } = start({ profile: "bytes", threads: 1 });
    aggregator.contribute(share(0, 0));
    aggregator.poison();
    expect(aggregator.contribute(share(0, 1))).toBe(false);
    expect(aggregator.maxCertifiedEpoch).toBe("error");
  });

  test.each(["kv64", "bytes"] as const)(
    "T.ring: 32 open epochs are kept, profile %s",
    (profile) => {
      const { aggregator } = start({ profile, threads: 2 });
      for (let epoch = 0; epoch < 32; epoch++) aggregator.contribute(share(0, epoch));
      for (let epoch = 0; epoch < 32; epoch++) aggregator.contribute(share(1, epoch));
      expect(aggregator.maxCertifiedEpoch).toBe(31);
    },
  );

  test("T.ring: profile bytes refuses the 33rd open epoch", () => {
    const { aggregator } = start({ profile: "bytes", threads: 2 });
    for (let epoch = 0; epoch < 32; epoch++) aggregator.contribute(share(0, epoch));
    expect(aggregator.contribute(share(0, 32))).toBe(false);
    expect(aggregator.maxCertifiedEpoch).toBe("error");
  });

  test("T.ring: profile kv64 overwrites the first, and fails when its other share comes", () => {
    const { aggregator } = start({ profile: "kv64", threads: 2 });
    for (let epoch = 0; epoch < 33; epoch++) {
      expect(aggregator.contribute(share(0, epoch))).toBe(true);
    }
    expect(aggregator.contribute(share(1, 0))).toBe(false);
    expect(aggregator.maxCertifiedEpoch).toBe("error");
  });

  test.each([
    ["kv64", 2n ** 32n - 1n],
    ["bytes", 2n ** 64n - 1n],
  ] as const)("H.count: profile %s counts up to %s", (profile, most) => {
    const full = { addCount: most, evictCount: most };
    const atLimit = start({ profile, threads: 2 });
    atLimit.aggregator.contribute(share(0, 0, full));
    expect(atLimit.aggregator.contribute(share(1, 0, { addCount: 0n, evictCount: 0n }))).toBe(true);
    expect(atLimit.aggregator.maxCertifiedEpoch).toBe(0);
    const above = start({ profile, threads: 2 });
    above.aggregator.contribute(share(0, 0, full));
    expect(above.aggregator.contribute(share(1, 0, { addCount: 1n, evictCount: 1n }))).toBe(false);
    expect(above.aggregator.maxCertifiedEpoch).toBe("error");
  });
});
