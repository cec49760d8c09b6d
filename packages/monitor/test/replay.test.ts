// SPDX-License-Identifier: Apache-2.0
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { FRAME_BYTES_MAX } from "@zeta/protocol/limits";
import { expect, test } from "vitest";
import { type ReplayLine, type ReplayOptions, replay } from "../src/replay.ts";
import { MONITORS } from "./support/monitors.ts";
import { TEST_KEY } from "./support/run-log.ts";

const OPTIONS: ReplayOptions = {
  profile: "kv64",
  threads: 2,
  slots: 64,
  setHashKey: TEST_KEY,
  ...MONITORS.wasm("kv64"),
};

function frame(tid: number, ...log: readonly number[]): Uint8Array {
  return new ByteWriter().u16(tid).u32(log.length).bytes(Uint8Array.from(log)).toBytes();
}

async function linesOf(...chunks: readonly Uint8Array[]): Promise<ReplayLine[]> {
  async function* input() {
    yield* chunks;
  }
  const lines: ReplayLine[] = [];
  for await (const line of replay(input(), OPTIONS)) lines.push(line);
  return lines;
}

test("a line per frame, with exactly the keys of the golden vectors", async () => {
  const lines = await linesOf(frame(0, 5, 6), frame(1, 5, 6));
  expect(lines.map((line) => JSON.stringify(line))).toEqual([
    '{"frame":0,"tid":0,"verdict":"success","pos":0,"read":2,"wrote":0,"out":"","max":null}',
    '{"frame":1,"tid":1,"verdict":"success","pos":0,"read":2,"wrote":0,"out":"","max":0}',
  ]);
});

test("frames are cut right however the stream is cut", async () => {
  const stream = Uint8Array.from([
    ...frame(0, 5, 6),
    ...frame(1, 5, 6),
    ...frame(7, 5),
    ...frame(0),
  ]);
  const whole = await linesOf(stream);
  expect(whole.map(({ verdict }) => verdict)).toEqual([
    "success",
    "success",
    "bad_input",
    "bad_input",
  ]);
  for (const size of [1, 2, 5, 7, 11]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(await linesOf(...chunks), `chunks of ${size}`).toEqual(whole);
  }
});

test("no input, no lines", async () => {
  expect(await linesOf()).toEqual([]);
});

test("a frame above the limit ends the replay before any of it is read", async () => {
  const header = (length: number) => new ByteWriter().u16(0).u32(length).toBytes();
  await expect(linesOf(header(FRAME_BYTES_MAX + 1))).rejects.toMatchObject({
    code: "D.length",
    message: `expected at most ${FRAME_BYTES_MAX} bytes in frame 0, got ${FRAME_BYTES_MAX + 1}`,
  });
  await expect(linesOf(header(0xffff_ffff))).rejects.toMatchObject({ code: "D.length" });
  const longest = new Uint8Array(FRAME_BYTES_MAX).fill(5);
  const [line] = await linesOf(header(FRAME_BYTES_MAX), longest);
  expect(line).toMatchObject({ verdict: "success", read: FRAME_BYTES_MAX });
});

test("input that ends inside a frame", async () => {
  const cut = frame(0, 5, 6).slice(0, -1);
  await expect(linesOf(frame(0, 5), cut)).rejects.toMatchObject({
    code: "D.short",
    message: "expected 2 bytes of log in frame 1, got 1 at the end of input",
  });
  await expect(linesOf(Uint8Array.of(0, 0, 0))).rejects.toMatchObject({
    code: "D.short",
    message: "expected 6 bytes of header in frame 0, got 3 at the end of input",
  });
});
