// SPDX-License-Identifier: Apache-2.0
import { honestLog } from "@zeta/monitor/test/support/honest-log";
import { MONITORS } from "@zeta/monitor/test/support/monitors";
import { encodeFrames } from "@zeta/monitor/test/support/mutate";
import { runLog } from "@zeta/monitor/test/support/run-log";
import { VALUE_MEMORY_BYTES, type World } from "../world.ts";

/** A random host on 1 to 4 threads, with records that wander between them: the log alone, no store. */
export function hostWorld(seed: number): World {
  const profile = seed % 2 === 0 ? "bytes" : "kv64";
  const log = honestLog(profile, seed);
  const shape = { ...log, valueMemoryBytes: VALUE_MEMORY_BYTES };
  const { results, max } = runLog(MONITORS.wasm(profile), shape, encodeFrames(log.frames, log));
  const refused = results.find(({ check }) => check !== null)?.check ?? null;
  const failure = refused ?? (max === log.epochs - 1 ? null : `certified ${max}`);
  const entries = log.frames.flatMap((frame) => frame.entries);
  const operations = entries.filter(({ type }) => type === "RunApp").length;
  return { operations, epochs: log.epochs, failure };
}
