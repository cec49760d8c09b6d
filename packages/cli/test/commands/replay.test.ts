// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { fromHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { zeta } from "../support/zeta.ts";

interface Vector {
  readonly id: string;
  readonly threads: number;
  readonly store_size: number;
  readonly keyhash: string;
  readonly frames: readonly { readonly tid: number; readonly log: string }[];
  readonly expect: readonly Readonly<Record<string, unknown>>[];
}

function vectors(name: "accepted" | "rejected"): readonly Vector[] {
  const url = new URL(`../../../monitor/test/fixtures/vectors/${name}.json`, import.meta.url);
  const content = JSON.parse(readFileSync(url, "utf8")) as { vectors?: Vector[] } | Vector[];
  return Array.isArray(content) ? content : (content.vectors ?? []);
}

function stream(vector: Vector): Uint8Array {
  const writer = new ByteWriter();
  for (const { tid, log } of vector.frames) {
    const bytes = fromHex(log);
    writer.u16(tid).u32(bytes.length).bytes(bytes);
  }
  return writer.toBytes();
}

const replayArguments = ({ threads, store_size, keyhash }: Vector): readonly string[] => [
  "monitor",
  "replay",
  "--profile",
  "kv64",
  "--threads",
  String(threads),
  "--slots",
  String(store_size),
  "--key-hash",
  keyhash,
];

describe("zeta monitor replay", () => {
  // Every vector runs through the same function in the monitor's own tests; a few show that the command does what it says.
  it.each([
    ["accepted", 0],
    ["accepted", 40],
    ["rejected", 10],
    ["rejected", 100],
  ] as const)("prints the lines of golden vector %s[%i]", async (name, index) => {
    const vector = vectors(name)[index]!;
    const { code, stdout, stderr } = await zeta(replayArguments(vector), stream(vector));
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const expected = vector.expect.map((line, frame) => ({
      frame,
      tid: vector.frames[frame]!.tid,
      ...line,
    }));
    expect(lines, `${vector.id} ${stderr}`).toEqual(expected);
    expect(code).toBe(0);
  });

  it("prints the members in the promised order", async () => {
    const { stdout } = await zeta(["monitor", "replay"], Uint8Array.of(0, 0, 0, 0, 0, 2, 5, 6));
    expect(stdout).toBe(
      '{"frame":0,"tid":0,"verdict":"success","pos":0,"read":2,"wrote":0,"out":"","max":0}\n',
    );
  });

  it("answers nothing to empty input", async () => {
    expect(await zeta(["monitor", "replay"], new Uint8Array(0))).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it.each([
    ["ends inside a header", [0, 0, 0]],
    ["ends inside a log", [0, 0, 0, 0, 0, 9, 5]],
    ["announces 4 GiB", [0, 0, 255, 255, 255, 255]],
  ])("input that %s: one line, exit 2", async (_what, bytes) => {
    const { code, stdout, stderr } = await zeta(["monitor", "replay"], Uint8Array.from(bytes));
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^zeta: stdin: expected .*, got .*\n$/);
    expect(code).toBe(2);
  });
});
