// SPDX-License-Identifier: Apache-2.0

import type { Profile } from "@zeta/protocol/profile";
import { describe, expect, test } from "vitest";
import { honestLog, type TestLog } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { encodeFrames, garbage, mutateBytes, mutateEntries } from "./support/mutate.ts";
import { Random } from "./support/random.ts";
import { type EncodedFrame, type Run, runLog } from "./support/run-log.ts";

/**
 * Two monitors that share no code must agree on everything: on honest logs, on lies and on noise.
 * `ZETA_LOGS` sets the number of seeds for a longer run, `ZETA_SEED` the first one to repeat a
 * failure.
 */
const LOGS = Number(process.env.ZETA_LOGS ?? 60);
const FIRST = Number(process.env.ZETA_SEED ?? 1);
const LIES_PER_LOG = 8;

/** Small enough that some logs run out of memory for values. */
const VALUE_MEMORY_BYTES = 8 << 10;

/** All that an observer inside the enclave could tell two runs apart by. */
function observed(run: Run, { slots }: Pick<TestLog, "slots">) {
  const threads = run.instance.threads.map((thread) => ({
    clock: thread.clock,
    lastVerified: thread.lastVerifiedEpoch,
    failed: thread.failed,
    store: Array.from({ length: slots }, (_, index) => thread.slot(index)),
  }));
  const { results, contributions, events, max } = run;
  return { results, contributions, events, max, threads };
}

function compare(log: TestLog, frames: readonly EncodedFrame[], what: string): Run {
  const shape = { ...log, valueMemoryBytes: VALUE_MEMORY_BYTES };
  const ours = runLog(MONITORS.wasm(log.profile), shape, frames);
  const theirs = runLog(MONITORS.reference(log.profile), shape, frames);
  const [seen, expected] = [observed(ours, log), observed(theirs, log)];
  // A comparison of texts is much faster than a deep one; that is for the failure's message.
  if (textOf(seen) !== textOf(expected)) {
    expect(seen, what).toEqual(expected);
    expect.unreachable(what);
  }
  return theirs;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString("hex");
    return typeof part === "bigint" ? `${part}n` : part;
  });
}

describe.each(["kv64", "bytes"] as const)(
  "WebAssembly against reference, profile %s",
  (profile) => {
    test("honest logs and lies about them", { timeout: 600_000 }, () => {
      const seen = new Set<string>();
      for (let seed = FIRST; seed < FIRST + LOGS; seed++) {
        const log = honestLog(profile, seed);
        compare(log, encodeFrames(log.frames, log), `honest log, seed ${seed}`);
        const random = new Random(seed);
        for (let lie = 0; lie < LIES_PER_LOG; lie++) {
          const frames = lie % 4 === 3 ? mutateBytes(log, random) : mutateEntries(log, random);
          const run = compare(log, frames, `lie ${lie}, seed ${seed}`);
          for (const { check } of run.results) seen.add(check ?? "ok");
        }
      }
      // The lies must go everywhere: a generator that only ever meets a few checks compares
      // nothing.
      if (LOGS >= 60) expect(seen.size, [...seen].sort().join(" ")).toBeGreaterThan(30);
    });

    test("noise", { timeout: 600_000 }, () => {
      for (let seed = FIRST; seed < FIRST + 10 * LOGS; seed++) {
        const random = new Random(seed);
        const shape = noiseShape(profile, random);
        compare({ ...shape, frames: [], epochs: 0 }, garbage(shape, random), `noise, seed ${seed}`);
      }
    });
  },
);

function noiseShape(profile: Profile, random: Random): Omit<TestLog, "frames" | "epochs"> {
  const keyHash = random.oneIn(2) ? "identity" : "blake2b";
  return { profile, keyHash, threads: 1 + random.below(3), slots: 4 + random.below(4) };
}
