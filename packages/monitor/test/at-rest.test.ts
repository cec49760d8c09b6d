// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { describe, expect, test } from "vitest";
import { type Rest, restOf } from "../src/at-rest.ts";
import { createMonitorInstance, type MonitorInstance } from "../src/instance.ts";
import type { ContributionSink } from "../src/verdict.ts";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { TEST_KEY } from "./support/run-log.ts";
import { app, Script } from "./support/script.ts";

const SLOTS = 8;
const CLOSE = Uint8Array.of(5, 6);

describe.each(["wasm", "reference"] as const)("an instance of the %s monitor", (name) => {
  /** @param tap gets each contribution before the aggregate does */
  function begin(threads = 1, tap: (own: ContributionSink) => ContributionSink = (own) => own) {
    const { createThread, createAggregator } = MONITORS[name]("bytes");
    return createMonitorInstance({
      ...{ profile: "bytes", threads, slots: SLOTS, setHashKey: TEST_KEY, createAggregator },
      createThread: (options) => createThread({ ...options, contribute: tap(options.contribute) }),
    });
  }

  function feed(instance: MonitorInstance, script: Script): void {
    for (const { thread, entries } of script.frames) {
      expect(instance.verifyLog(thread, encodeFrame(entries, "bytes")).check).toBe(null);
    }
  }

  /** Where it rests, or what it says instead. */
  function found(instance: MonitorInstance): Rest | string {
    try {
      return restOf(instance, SLOTS);
    } catch (error) {
      if (!isZetaError(error, "not_at_rest")) throw error;
      return error.message;
    }
  }

  test("rests after an empty epoch", () => {
    const instance = begin();
    expect(found(instance)).toBe("expected a certified epoch, got none yet");
    instance.verifyLog(0, CLOSE);
    expect(found(instance)).toEqual({ epoch: 0, root: rootHash(EMPTY_ROOT_VALUE) });
  });

  test("all its threads must rest, at the same time", () => {
    const instance = begin(3);
    for (const thread of [0, 1, 2]) instance.verifyLog(thread, CLOSE);
    expect(found(instance)).toMatchObject({ epoch: 0 });
    instance.verifyLog(2, Uint8Array.of(5));
    expect(found(instance)).toBe("expected thread 2 at time 1.0, got 2.0");
    instance.verifyLog(2, Uint8Array.of(6));
    expect(found(instance)).toBe("expected thread 2 at time 1.0, got 2.0");
    for (const thread of [0, 1]) instance.verifyLog(thread, CLOSE);
    expect(found(instance)).toMatchObject({ epoch: 1 });
  });

  test("open work: adds, evicts and calls of every epoch that is not committed", () => {
    const works: readonly [string, (script: Script) => unknown][] = [
      ["an add of this epoch", (s) => s.on(0).addB(app("A", null), 1, [0, 3], 0)],
      ["an add of an epoch ahead", (s) => s.on(0).addB(app("A", null), 1, [63, 3], 0)],
      ["an evict", (s) => s.on(0).addM(app("A", null), 1, 0).evictBM(1, 0, [0, 0])],
      ["an evict ahead", (s) => s.on(0).addM(app("A", null), 1, 0).evictBM(1, 0, [63, 0])],
      ["a call", (s) => s.on(0).addM(app("A", null), 1, 0).get("A", 1, null)],
    ];
    for (const [what, write] of works) {
      const instance = begin();
      const [thread] = instance.threads;
      const script = new Script();
      script.on(0).addM(app("C", null), 2, 0).evictM(2, 0);
      feed(instance, script);
      expect([what, thread?.hasOpenWork]).toEqual([what, false]);
      const work = new Script();
      write(work);
      feed(instance, work);
      expect([what, thread?.hasOpenWork]).toEqual([what, true]);
    }
  });

  test("work is open until its epoch is committed, also in epochs that share a place in the table", () => {
    const instance = begin();
    for (let epoch = 0; epoch < 130; epoch++) {
      const script = new Script(1, epoch);
      script.on(0).addM(app("A", null), 1, 0).get("A", 1, null).evictBM(1, 0, [epoch, 1]);
      script.on(0).addB(app("A", null), 1, [epoch, 1], 0).evictM(1, 0).nextEpoch();
      feed(instance, script);
      expect(instance.threads[0]?.hasOpenWork).toBe(true);
      instance.verifyLog(0, Uint8Array.of(6));
      expect(instance.threads[0]?.hasOpenWork).toBe(false);
      expect(found(instance)).toMatchObject({ epoch });
    }
  });

  test("not with a dead thread, although no entry was refused", () => {
    let fails = false;
    const instance = begin(1, (own) => (share) => {
      if (fails) throw new Error("a fault of the host's machine");
      return own(share);
    });
    instance.verifyLog(0, CLOSE);
    fails = true;
    if (name === "wasm") {
      expect(() => instance.verifyLog(0, CLOSE)).toThrow("a fault");
    } else {
      // The reference has no such faults: it fails as everything does.
      expect(instance.verifyLog(0, Uint8Array.of(9)).verdict).toBe("parsing_failure");
    }
    expect(found(instance)).toBe("expected thread 0 alive, got a failed one");
  });

  test("not with an aggregate that is unusable", () => {
    const instance = begin(2);
    for (const thread of [0, 1]) instance.verifyLog(thread, CLOSE);
    // Further ahead than the aggregate can remember.
    const { verdict } = instance.verifyLog(
      1,
      new Uint8Array(80).map((_, i) => 5 + (i & 1)),
    );
    expect([verdict, instance.maxCertifiedEpoch]).toEqual(["entry_failure", "error"]);
    expect(found(instance)).toBe("expected an aggregate that certifies, got one that is unusable");
  });
});

test("a frame that is being read is open work", () => {
  const seen: (boolean | undefined)[] = [];
  const { createThread } = MONITORS.wasm("bytes");
  const instance: MonitorInstance = createMonitorInstance({
    ...{ profile: "bytes", threads: 1, slots: SLOTS, setHashKey: TEST_KEY },
    createThread: (options) =>
      createThread({
        ...options,
        contribute: (share) => {
          seen.push(instance.threads[0]?.hasOpenWork);
          return options.contribute(share);
        },
      }),
  });
  instance.verifyLog(0, CLOSE);
  expect([...seen, instance.threads[0]?.hasOpenWork]).toEqual([true, false]);
});

test("profile kv64 does not say what is open", () => {
  const instance = createMonitorInstance({
    ...{ profile: "kv64", threads: 1, slots: SLOTS, setHashKey: TEST_KEY },
    createThread: MONITORS.wasm("kv64").createThread,
  });
  expect(() => instance.threads[0]?.hasOpenWork).toThrow("profile bytes");
});
