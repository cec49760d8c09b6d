// SPDX-License-Identifier: Apache-2.0
import { merkleValueBytes } from "@zeta/protocol/digest";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Descriptor, ZetaRecord } from "@zeta/protocol/record";
import { describe, expect, test } from "vitest";
import { createMonitorInstance } from "../src/instance.ts";
import type { FrameResult } from "../src/verdict.ts";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS } from "./support/monitors.ts";
import { TEST_KEY } from "./support/run-log.ts";
import { hashOf, node, nodeKey } from "./support/script.ts";

type InternalRecord = Extract<ZetaRecord, { kind: "internal" }>;

/** More nodes than are hashed at once, twice over. */
const DEPTH = 9;

/** A tree whose nodes 0, 00, 000, ... lie on one path, each with something on either side. */
const PATH = pathOfNodes();
const ROOT = node("", pointer("0", PATH[0]), pointer("1")) as InternalRecord;

function pointer(path: string, below?: InternalRecord): Descriptor {
  const hash = below === undefined ? new Uint8Array(32).fill(path.length) : hashOf(below);
  return { key: nodeKey(path), hash, inDeferred: false };
}

function pathOfNodes(): InternalRecord[] {
  const nodes: InternalRecord[] = [];
  for (let depth = DEPTH; depth > 0; depth--) {
    const path = "0".repeat(depth);
    const children = [pointer(`${path}0`, nodes[0]), pointer(`${path}1`)] as const;
    nodes.unshift(node(path, ...children) as InternalRecord);
  }
  return nodes;
}

const addM = (record: InternalRecord, slot: number): LogEntry => ({
  type: "AddM",
  record,
  slot,
  parent: slot - 1,
});
const evictM = (slot: number): LogEntry => ({ type: "EvictM", slot, parent: slot - 1 });
/** The path comes in, node i into slot i + 1. */
const ENTRIES = PATH.map((record, i) => addM(record, i + 1));
const frame = (...entries: readonly LogEntry[]) => encodeFrame(entries, "bytes");
const ENTRY_BYTES = frame(...ENTRIES).length / DEPTH;

/** Another hash on the right-hand side, which no entry looks at. */
function changed(record: InternalRecord): InternalRecord {
  const [left, right] = record.value;
  const hash = Uint8Array.from(right?.hash ?? [], (byte) => byte ^ 1);
  return { ...record, value: [left, right && { ...right, hash }] };
}

describe.each(["wasm", "reference"] as const)("a path of nodes comes in (%s)", (name) => {
  const { createThread, createAggregator } = MONITORS[name]("bytes");

  /** What the monitor says of frames, from the tree's root on. */
  function verify(frames: readonly Uint8Array[]): FrameResult[] {
    const instance = createMonitorInstance({
      profile: "bytes",
      threads: 1,
      slots: 16,
      setHashKey: TEST_KEY,
      start: { epoch: 1, root: merkleValueBytes(ROOT.value).slice(1) },
      createThread,
      createAggregator,
    });
    return frames.map((bytes) => instance.verifyLog(0, bytes));
  }

  test("in one frame, in frames of one entry, in frames of any length", () => {
    expect(verify([frame(...ENTRIES)])).toMatchObject([{ verdict: "success" }]);
    for (let cut = 1; cut < DEPTH; cut++) {
      const parts = [frame(...ENTRIES.slice(0, cut)), frame(...ENTRIES.slice(cut))];
      expect(verify(parts)).toMatchObject([{ verdict: "success" }, { verdict: "success" }]);
    }
    const single = ENTRIES.map((entry) => frame(entry));
    expect(verify(single).map(({ verdict }) => verdict)).toEqual(ENTRIES.map(() => "success"));
  });

  test.each(PATH.map((_, at) => at))("node %i with another value is refused in its turn", (at) => {
    const entries = ENTRIES.with(at, addM(changed(PATH[at] as InternalRecord), at + 1));
    const verdict = at === DEPTH - 1 ? "failed_at_end" : "entry_failure";
    const pos = (at + 1) * ENTRY_BYTES;
    expect(verify([frame(...entries)])).toMatchObject([{ verdict, check: "M.hash", pos }]);
  });

  test("bytes that only look like another node are none: the frame may end in them", () => {
    const whole = frame(...ENTRIES);
    for (let missing = 1; missing < ENTRY_BYTES; missing++) {
      const [result] = verify([whole.subarray(0, whole.length - missing)]);
      expect(result).toMatchObject({ verdict: "parsing_failure", check: "D.short" });
    }
  });

  test("another value at the same place of a later frame is looked at again", () => {
    const [first, last] = [PATH[0] as InternalRecord, PATH[1] as InternalRecord];
    const inAndOut = frame(addM(first, 1), addM(last, 2), evictM(2), evictM(1));
    const lie = frame(addM(first, 1), addM(changed(last), 2), evictM(2), evictM(1));
    expect(verify([inAndOut, inAndOut, lie])).toMatchObject([
      { verdict: "success" },
      { verdict: "success" },
      { verdict: "entry_failure", check: "M.hash" },
    ]);
  });
});
