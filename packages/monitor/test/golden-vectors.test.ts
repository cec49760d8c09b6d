// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { type ReplayLine, replay } from "../src/replay.ts";
import { MONITORS, type MonitorName } from "./support/monitors.ts";
import { loadVectors, streamOf, type Vector } from "./support/vectors.ts";

async function linesOf(monitor: MonitorName, vector: Vector): Promise<ReplayLine[]> {
  const lines: ReplayLine[] = [];
  const { createThread, createAggregator } = MONITORS[monitor]("kv64");
  const options = {
    profile: "kv64",
    threads: vector.threads,
    slots: vector.store_size,
    keyHash: vector.keyhash,
    setHashKey: new Uint8Array(32).fill(0x5a),
    createThread,
    createAggregator,
  } as const;
  for await (const line of replay(streamOf(vector), options)) lines.push(line);
  return lines;
}

function expectedLines(vector: Vector): unknown[] {
  return vector.expect.map((line, frame) => ({ frame, tid: vector.frames[frame]!.tid, ...line }));
}

describe.each(["wasm", "reference"] as const)("golden vectors, %s monitor", (monitor) => {
  test.each(["accepted", "rejected"] as const)("%s: every field of every frame", async (name) => {
    const vectors = loadVectors(name).filter(({ id }) => id !== "R002");
    expect(vectors.length).toBe(name === "accepted" ? 75 : 224);
    for (const vector of vectors) {
      const lines = await linesOf(monitor, vector);
      expect(lines, `${vector.id}: ${vector.desc}`).toEqual(expectedLines(vector));
    }
  });

  test("R002: 33 epochs closed in one frame certify, because certification is eager", async () => {
    const vector = loadVectors("rejected").find(({ id }) => id === "R002")!;
    const lines = await linesOf(monitor, vector);
    const withoutMax = ({ max: _max, ...line }: Record<string, unknown>) => line;
    const expected = expectedLines(vector) as Record<string, unknown>[];
    expect(lines.map((line) => withoutMax({ ...line }))).toEqual(expected.map(withoutMax));
    expect(lines.map(({ max }) => max)).toEqual([32, 33]);
  });

  test("forgery: same verdicts, but nothing forged is certified", async () => {
    for (const vector of loadVectors("forgery")) {
      const lines = await linesOf(monitor, vector);
      expect(vector.ideal_final_max, vector.id).toBeDefined();
      expect(lines.at(-1)?.max, `${vector.id}: ${vector.desc}`).toBe(vector.ideal_final_max);
      expect(lines.map(({ verdict }) => verdict)).toEqual(vector.expect.map((e) => e.verdict));
    }
  });
});
