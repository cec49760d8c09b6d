// SPDX-License-Identifier: Apache-2.0
import type { ThreadFactory } from "@zeta/monitor/instance";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import { honestLog } from "@zeta/monitor/test/support/honest-log";
import { encodeFrames } from "@zeta/monitor/test/support/mutate";
import type { EncodedFrame } from "@zeta/monitor/test/support/run-log";
import { concatBytes } from "@zeta/protocol/bytes";
import { describe, expect, test } from "vitest";
import { Differential } from "../src/differential/batch.ts";
import { cutFrames, LOGS_PER_SEED } from "../src/differential/cases.ts";
import { compareMonitors, differs } from "../src/differential/compare.ts";
import { numberSetting } from "../src/settings.ts";

/** `npm run assure differential` goes on from here to a million logs. */
const FIRST = numberSetting("ZETA_SEED", 1);
const SEEDS = Math.ceil(numberSetting("ZETA_LOGS", 320 * LOGS_PER_SEED) / LOGS_PER_SEED);

function firstFailure(differential: Differential, seeds: number): string | null {
  for (let seed = FIRST; seed < FIRST + seeds; seed++) {
    const { failure } = differential.run(seed);
    if (failure !== null) return failure;
  }
  return null;
}

describe("WebAssembly against reference", { timeout: 600_000 }, () => {
  test("valid, mutated and garbage logs, entry by entry", async () => {
    const differential = await Differential.build();
    const met = new Set<string>();
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = differential.run(seed);
      expect(result.failure).toBeNull();
      expect(result.counts.logs).toBe(LOGS_PER_SEED);
      for (const check of result.met ?? []) met.add(check);
    }
    // The lies must go everywhere: a generator that only ever meets a few checks compares nothing.
    if (SEEDS >= 320) expect(met.size, [...met].sort().join(" ")).toBeGreaterThan(38);
  });

  test("a monitor without one of its checks is noticed", async () => {
    const differential = await Differential.build(["V.time"]);
    expect(firstFailure(differential, 100)).toContain("npm run assure differential");
  });
});

describe("after each entry", () => {
  const LIE_AT = 7;
  const log = honestLog("bytes", 4);
  const whole = encodeFrames(log.frames, log);
  const frames = cutFrames(whole, "bytes");

  test("a frame for each, in order; what is no entry in one piece", () => {
    expect(frames.length).toBe(log.frames.flatMap(({ entries }) => entries).length);
    const bytesOf = (all: readonly EncodedFrame[]) => concatBytes(...all.map(({ bytes }) => bytes));
    expect(bytesOf(frames)).toEqual(bytesOf(whole));
    const noise = concatBytes(frames[0]!.bytes, Uint8Array.of(9, 9, 9));
    const cut = cutFrames([{ thread: 0, bytes: noise }], "bytes");
    expect(cut.map(({ bytes }) => bytes)).toEqual([frames[0]!.bytes, Uint8Array.of(9, 9, 9)]);
  });

  test("a slot that is wrong for the length of one entry is noticed", () => {
    const lying: ThreadFactory = (options) => {
      const thread = createReferenceThread(options);
      let frame = 0;
      return {
        id: thread.id,
        verifyLog(bytes) {
          frame++;
          return thread.verifyLog(bytes);
        },
        slot(index) {
          const slot = thread.slot(index);
          return frame === LIE_AT && slot !== null ? { ...slot, depth: slot.depth + 1 } : slot;
        },
        get clock() {
          return thread.clock;
        },
        get hasOpenWork() {
          return thread.hasOpenWork;
        },
        get lastVerifiedEpoch() {
          return thread.lastVerifiedEpoch;
        },
        get failed() {
          return thread.failed;
        },
      };
    };
    expect(compareMonitors(log, frames, createReferenceThread).difference).toBeNull();
    expect(compareMonitors(log, frames, lying).difference).toMatch(/slot \d+\.depth/);
  });
});

test("differences are named by their path", () => {
  expect(differs({ a: [1n, null] }, { a: [1n, null] })).toBeNull();
  expect(differs({ a: [1n, null] }, { a: [2n, null] })).toBe('a.0: expected "2n", got "1n"');
  expect(differs({ a: Uint8Array.of(1) }, { a: Uint8Array.of(2) })).toBe("a: expected 02, got 01");
  expect(differs({ a: 1, b: 2 }, { a: 1 })).not.toBeNull();
});
