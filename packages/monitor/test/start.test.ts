// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import type { CheckId } from "@zeta/protocol/checks";
import { EMPTY_ROOT_VALUE } from "@zeta/protocol/root-value";
import { describe, expect, test } from "vitest";
import type { AggregateEvent } from "../src/aggregator.ts";
import { createMonitorInstance, type MonitorInstance } from "../src/instance.ts";
import type { StartPoint } from "../src/verdict.ts";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { TEST_KEY } from "./support/run-log.ts";
import { app, Script } from "./support/script.ts";

describe.each(["wasm", "reference"] as const)("a monitor that goes on (%s)", (name) => {
  const monitor = MONITORS[name]("bytes");

  function begin(start: StartPoint | null, threads = 2) {
    const events: AggregateEvent[] = [];
    const instance = createMonitorInstance({
      profile: "bytes",
      threads,
      slots: 16,
      setHashKey: TEST_KEY,
      ...(start !== null && { start }),
      createThread: monitor.createThread,
      createAggregator: monitor.createAggregator,
      report: (event) => events.push(event),
    });
    return { instance, events };
  }

  /** Feeds a script; the first check that refused, null if none did. */
  function feed(instance: MonitorInstance, script: Script): CheckId | null {
    for (const { thread, entries } of script.frames) {
      const { check } = instance.verifyLog(thread, encodeFrame(entries, "bytes"));
      if (check !== null) return check;
    }
    return null;
  }

  const rootOf = (instance: MonitorInstance) =>
    instance.threads[0]?.slot(0)?.value ?? utf8("no root");

  /** Epoch 0: A = 1 and C = c, written by two threads, both back in the tree. */
  function firstPart(): { root: Uint8Array; script: Script } {
    const script = new Script(2);
    script.on(0).addM(app("A", null), 1, 0).put("A", "1", 1, false).evictM(1, 0);
    script.on(0).addM(app("C", null), 2, 0).evictBM(2, 0, [0, 1]);
    script.on(1).addB(app("C", null), 1, [0, 1], 0).put("C", "c", 1, false).evictB(1, [0, 3]);
    script.on(0).addB(app("C", "c"), 2, [0, 3], 1).evictM(2, 0);
    script.closeEpoch();
    const { instance, events } = begin(null);
    expect(feed(instance, script)).toBe(null);
    expect(events).toMatchObject([{ kind: "certified", epoch: 0, operations: 2n }]);
    expect(instance.threads.map((thread) => thread.slot(1))).toEqual([null, null]);
    return { root: rootOf(instance), script };
  }

  /** Epoch 1: what was written is read, and A is written again. */
  function secondPart(told = "1"): Script {
    const script = new Script(2);
    script.on(0).addM(app("A", told), 1, 0).get("A", 1, told).put("A", "2", 1, true).evictM(1, 0);
    return script.closeEpoch();
  }

  test("from the root that another one ended with; the end is that of one monitor for both", () => {
    const { root, script: first } = firstPart();
    const second = secondPart();
    const { instance, events } = begin({ epoch: 1, root });
    expect(instance.maxCertifiedEpoch).toBe(null);
    expect(instance.threads.map(({ clock }) => clock.epoch)).toEqual([1, 1]);
    expect(feed(instance, second)).toBe(null);
    expect(instance.maxCertifiedEpoch).toBe(1);

    const whole = begin(null);
    expect([feed(whole.instance, first), feed(whole.instance, second)]).toEqual([null, null]);
    expect(rootOf(instance)).toEqual(rootOf(whole.instance));
    // Receipts name the real epoch, so they are the same as well.
    expect(events).toEqual(whole.events.slice(1));
  });

  test("not from another root, nor with another value", () => {
    const { root } = firstPart();
    const old = begin({ epoch: 1, root: EMPTY_ROOT_VALUE }).instance;
    expect(feed(old, secondPart())).toBe("M.initA");
    expect(feed(begin({ epoch: 1, root }).instance, secondPart("0"))).toBe("M.hash");
  });

  test("takes nothing out of the epochs before its first", () => {
    const { root } = firstPart();
    const { instance } = begin({ epoch: 1, root });
    const script = new Script(2);
    script.on(0).addB(app("A", "forged"), 1, [0, 9], 1);
    expect(feed(instance, script.closeEpoch())).toBe("B.epoch");
  });

  test("a forged record of its first epoch is never certified", () => {
    const { root } = firstPart();
    const { instance, events } = begin({ epoch: 1, root });
    const script = new Script(2);
    script.on(0).addB(app("B", "forged"), 1, [1, 9], 1).get("B", 1, "forged");
    script.on(0).evictB(1, [2, 1]);
    script.on(0).verifyEpoch();
    script.on(1).nextEpoch().verifyEpoch();
    expect(feed(instance, script)).toBe(null);
    expect(events).toMatchObject([{ kind: "mismatch", epoch: 1, check: "A.count" }]);
    expect(instance.maxCertifiedEpoch).toBe(null);
  });

  test("the aggregate expects the first epoch and no earlier one", () => {
    const { root } = firstPart();
    for (const epoch of [1, 40, 2 ** 32 - 2]) {
      const { instance, events } = begin({ epoch, root });
      const script = new Script(2);
      expect(feed(instance, script.closeEpoch())).toBe(null);
      expect(events).toMatchObject([{ kind: "certified", epoch }]);
    }
  });

  test("refuses roots that are none", () => {
    const { root } = firstPart();
    const changed = (at: number, byte: number) => {
      const copy = root.slice();
      copy[at] = byte;
      return copy;
    };
    const bad: readonly [string, Uint8Array, string][] = [
      ["too short", root.slice(0, -1), "D.short"],
      ["too long", Uint8Array.of(...root, 0), "D.length"],
      ["another tag", changed(0, 2), "D.kind"],
      ["a depth beyond 256", changed(33, 2), "K.canon"],
      ["a record that is deferred", changed(67, 1), "M.blum"],
      ["a flag that is none", changed(67, 2), "D.bool"],
      ["a key on the other side", changed(32, (root[32] ?? 0) ^ 1), "M.desc"],
    ];
    for (const [what, value, code] of bad) {
      const error = thrownBy(() => begin({ epoch: 1, root: value }));
      expect([what, error]).toEqual([what, code]);
    }
  });
});

function thrownBy(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "nothing";
}
