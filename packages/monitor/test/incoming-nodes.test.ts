// SPDX-License-Identifier: Apache-2.0
import { merkleValueBytes } from "@zeta/protocol/digest";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import type { Descriptor, ZetaRecord } from "@zeta/protocol/record";
import { describe, expect, test } from "vitest";
import { valueHash } from "../reference/value-hash.ts";
import { createMonitorInstance } from "../src/instance.ts";
import type { FrameResult } from "../src/verdict.ts";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { TEST_KEY } from "./support/run-log.ts";
import { node, nodeKey } from "./support/script.ts";

type InternalRecord = Extract<ZetaRecord, { kind: "internal" }>;

/** More nodes than are hashed at once, twice over. */
const DEPTH = 9;
/** More nodes than a monitor keeps hashes of (NODE_DIGESTS_MAX). */
const LONG = 70;

/** A tree whose nodes 0, 00, 000, ... lie on one path, each with something on either side: its root, and the path. */
function treeOf(profile: Profile, depth: number): { root: InternalRecord; path: InternalRecord[] } {
  const pointer = (path: string, below?: InternalRecord): Descriptor => {
    const hash = below ? valueHash(below, profile) : new Uint8Array(32).fill(path.length);
    return { key: nodeKey(path), hash, inDeferred: false };
  };
  const nodes: InternalRecord[] = [];
  for (let length = depth; length >= 0; length--) {
    const path = "0".repeat(length);
    const children = [pointer(`${path}0`, nodes[0]), pointer(`${path}1`)] as const;
    nodes.unshift(node(path, ...children) as InternalRecord);
  }
  const [root, ...path] = nodes;
  return { root: root as InternalRecord, path };
}

const addM = (record: InternalRecord, slot: number): LogEntry => ({
  type: "AddM",
  record,
  slot,
  parent: slot - 1,
});
const evictM = (slot: number): LogEntry => ({ type: "EvictM", slot, parent: slot - 1 });
/** The path comes in, node i into slot i + 1; and goes back. */
const inward = (path: readonly InternalRecord[]) => path.map((record, i) => addM(record, i + 1));
const outward = (path: readonly InternalRecord[]) => path.map((_, i) => evictM(path.length - i));

/** Another hash on the right-hand side, which no entry looks at. */
function changed(record: InternalRecord): InternalRecord {
  const [left, right] = record.value;
  const hash = Uint8Array.from(right?.hash ?? [], (byte) => byte ^ 1);
  return { ...record, value: [left, right && { ...right, hash }] };
}

const MONITORS_AND_PROFILES = (["wasm", "reference"] as const).flatMap((name) =>
  (["bytes", "kv64"] as const).map((profile) => ({ name, profile })),
);

describe.each(MONITORS_AND_PROFILES)("a path of nodes comes in ($name, $profile)", (subject) => {
  const { name, profile } = subject;
  const { createThread, createAggregator } = MONITORS[name](profile);
  const { root, path } = treeOf(profile, DEPTH);
  const entries = inward(path);
  const frame = (...log: readonly LogEntry[]) => encodeFrame(log, profile);
  const entryBytes = frame(...entries).length / DEPTH;

  /** What the monitor says of frames, from a tree's root on. */
  function verify(frames: readonly Uint8Array[], from: InternalRecord = root): FrameResult[] {
    const instance = createMonitorInstance({
      profile,
      threads: 1,
      slots: LONG + 1,
      setHashKey: TEST_KEY,
      start: { epoch: 1, root: merkleValueBytes(from.value).slice(1) },
      createThread,
      createAggregator,
    });
    return frames.map((bytes) => instance.verifyLog(0, bytes));
  }

  test("in one frame, in frames of one entry, in frames of any length", () => {
    expect(verify([frame(...entries)])).toMatchObject([{ verdict: "success" }]);
    for (let cut = 1; cut < DEPTH; cut++) {
      const parts = [frame(...entries.slice(0, cut)), frame(...entries.slice(cut))];
      expect(verify(parts)).toMatchObject([{ verdict: "success" }, { verdict: "success" }]);
    }
    const single = entries.map((entry) => frame(entry));
    expect(verify(single).map(({ verdict }) => verdict)).toEqual(entries.map(() => "success"));
  });

  test.each(path.map((_, at) => at))("node %i with another value is refused in its turn", (at) => {
    const lie = entries.with(at, addM(changed(path[at] as InternalRecord), at + 1));
    const verdict = at === DEPTH - 1 ? "failed_at_end" : "entry_failure";
    const pos = (at + 1) * entryBytes;
    expect(verify([frame(...lie)])).toMatchObject([{ verdict, check: "M.hash", pos }]);
  });

  test("bytes that only look like another node are none: the frame may end in them", () => {
    const whole = frame(...entries);
    for (let missing = 1; missing < entryBytes; missing++) {
      const [result] = verify([whole.subarray(0, whole.length - missing)]);
      expect(result).toMatchObject({ verdict: "parsing_failure", check: "D.short" });
    }
  });

  test("another value at the same place of a later frame is looked at again", () => {
    const [first, last] = [path[0] as InternalRecord, path[1] as InternalRecord];
    const inAndOut = frame(addM(first, 1), addM(last, 2), evictM(2), evictM(1));
    const lie = frame(addM(first, 1), addM(changed(last), 2), evictM(2), evictM(1));
    expect(verify([inAndOut, inAndOut, lie])).toMatchObject([
      { verdict: "success" },
      { verdict: "success" },
      { verdict: "entry_failure", check: "M.hash" },
    ]);
  });

  describe("behind one that goes back", () => {
    const before = frame(...entries, ...outward(path)).length;

    test("in one frame, in two frames, cut anywhere", () => {
      const log = [...entries, ...outward(path), ...entries, ...outward(path)];
      expect(verify([frame(...log)])).toMatchObject([{ verdict: "success" }]);
      for (let cut = 1; cut < log.length; cut++) {
        const parts = [frame(...log.slice(0, cut)), frame(...log.slice(cut))];
        expect(verify(parts)).toMatchObject([{ verdict: "success" }, { verdict: "success" }]);
      }
    });

    test.each(path.map((_, at) => at))("node %i with another value is refused", (at) => {
      const lie = entries.with(at, addM(changed(path[at] as InternalRecord), at + 1));
      const log = frame(...entries, ...outward(path), ...lie, ...outward(path));
      const pos = before + (at + 1) * entryBytes;
      expect(verify([log])).toMatchObject([{ verdict: "entry_failure", check: "M.hash", pos }]);
    });

    test("fewer nodes come in than went back, and then more than before", () => {
      const some = path.slice(0, 4);
      const log = [path, some, path, path].flatMap((one) => [...inward(one), ...outward(one)]);
      expect(verify([frame(...log)])).toMatchObject([{ verdict: "success" }]);
    });

    test("the frame may end in the first node, or in the last evict", () => {
      const whole = frame(...entries, ...outward(path), addM(path[0] as InternalRecord, 1));
      for (let missing = 1; missing < entryBytes + 5; missing++) {
        if (missing === entryBytes) continue;
        const [result] = verify([whole.subarray(0, whole.length - missing)]);
        const pos = missing < entryBytes ? before : before - 5;
        expect(result).toMatchObject({ verdict: "parsing_failure", check: "D.short", pos });
      }
    });

    test("a path longer than the hashes that are kept: its first and last nodes are looked at", () => {
      const long = treeOf(profile, LONG);
      const log = [...inward(long.path), ...outward(long.path), ...inward(long.path)];
      expect(verify([frame(...log)], long.root)).toMatchObject([{ verdict: "success" }]);
      for (const at of [0, 1, 62, 63, 64, 65, 66, LONG - 1]) {
        const lie = log.with(2 * LONG + at, addM(changed(long.path[at] as InternalRecord), at + 1));
        const verdict = at === LONG - 1 ? "failed_at_end" : "entry_failure";
        const pos = frame(...log.slice(0, 2 * LONG + at + 1)).length;
        const refusal = { verdict, check: "M.hash", pos };
        expect(verify([frame(...lie)], long.root)).toMatchObject([refusal]);
      }
    });
  });
});
