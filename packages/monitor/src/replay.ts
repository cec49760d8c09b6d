// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { createMonitorInstance, type MonitorInstanceOptions } from "./instance.ts";
import { readLogFrames } from "./log-frames.ts";
import type { Verdict } from "./verdict.ts";

/** What a replay says about one frame: the keys and values of the golden vectors. */
export interface ReplayLine {
  readonly frame: number;
  readonly tid: number;
  readonly verdict: Verdict;
  readonly pos: number;
  readonly read: number;
  readonly wrote: number;
  /** Application output, hex. */
  readonly out: string;
  /** The certified epoch after the frame. */
  readonly max: number | null | "error";
}

export type ReplayOptions = Omit<MonitorInstanceOptions, "report">;

/**
 * Replays a recorded log through a fresh monitor instance: frames of u16 thread, u32 length, log
 * bytes, all big endian.
 *
 * @throws ZetaError `D.length` for a frame above FRAME_BYTES_MAX, `D.short` if the input ends
 * inside a frame.
 * @example
 * const module = loadMonitorModule("kv64");
 * const createThread = (options) => createWasmThread(module, options);
 * const setHashKey = randomBytes(32);
 * const options = { profile: "kv64", threads: 1, slots: 64, setHashKey, createThread };
 * for await (const line of replay(process.stdin, options)) console.log(JSON.stringify(line));
 */
export async function* replay(
  input: AsyncIterable<Uint8Array>,
  options: ReplayOptions,
): AsyncGenerator<ReplayLine, void, undefined> {
  const instance = createMonitorInstance(options);
  let frame = 0;
  for await (const { thread, log } of readLogFrames(input)) {
    const { verdict, pos, read, wrote, output } = instance.verifyLog(thread, log);
    const out = toHex(output);
    const max = instance.maxCertifiedEpoch;
    yield { frame, tid: thread, verdict, pos, read, wrote, out, max };
    frame++;
  }
}
