// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ancestorAt, type BaseKey, dataKey } from "../src/base-key.ts";
import type { LogEntry } from "../src/log-entry.ts";
import type { Profile } from "../src/profile.ts";
import type { Descriptor, ZetaRecord } from "../src/record.ts";

/** One seed for every property of this package: a failure is reproduced by running the test again. */
export const SEED = 20_261_121;

export const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
export const digest = bytes(32);
export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
export const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

const keyBelow = (maxDepth: number): fc.Arbitrary<BaseKey> =>
  fc
    .tuple(digest, fc.integer({ min: 0, max: maxDepth }))
    .map(([bits, depth]) => ancestorAt(dataKey(bits), depth));

export const baseKey = keyBelow(256);
export const internalKey = keyBelow(255);

const descriptor: fc.Arbitrary<Descriptor | null> = fc.option(
  fc.record({ key: baseKey, hash: digest, inDeferred: fc.boolean() }),
);

export const record = (profile: Profile): fc.Arbitrary<ZetaRecord> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("internal" as const),
      key: internalKey,
      value: fc.tuple(descriptor, descriptor),
    }),
    fc.record({
      kind: fc.constant("app" as const),
      key: bytes(profile === "kv64" ? 8 : 32),
      value: fc.option(profile === "kv64" ? bytes(8) : fc.uint8Array({ maxLength: 300 })),
    }),
  );

const time = fc.record({ epoch: u32, counter: u32 });

export const logEntry = (profile: Profile): fc.Arbitrary<LogEntry> =>
  fc.oneof(
    fc.record({
      type: fc.constant("AddM" as const),
      record: record(profile),
      slot: u16,
      parent: u16,
    }),
    fc.record({
      type: fc.constant("AddB" as const),
      record: record(profile),
      slot: u16,
      time,
      thread: u16,
    }),
    fc.record({ type: fc.constant("EvictM" as const), slot: u16, parent: u16 }),
    fc.record({ type: fc.constant("EvictB" as const), slot: u16, time }),
    fc.record({ type: fc.constant("EvictBM" as const), slot: u16, parent: u16, time }),
    fc.constant<LogEntry>({ type: "NextEpoch" }),
    fc.constant<LogEntry>({ type: "VerifyEpoch" }),
    fc.record({
      type: fc.constant("RunApp" as const),
      function: u8,
      payload: fc.uint8Array({ maxLength: 200 }),
    }),
  );
