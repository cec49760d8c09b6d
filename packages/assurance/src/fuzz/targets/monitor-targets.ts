// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { encodeFrame, honestLog, type TestLog } from "@zeta/monitor/test/support/honest-log";
import { honestServiceLog } from "@zeta/monitor/test/support/service-log";
import type { MonitorThreadOptions } from "@zeta/monitor/verdict";
import { concatBytes } from "@zeta/protocol/bytes";
import { ZetaError } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";
import { RecycledThreads } from "../../monitors/recycled-threads.ts";
import { purseService } from "../../sample-services.ts";
import type { ByteTarget } from "../target.ts";

const SLOTS = 48;
const VALUE_MEMORY_BYTES = 64 << 10;
const SAMPLES = 4;
/** Every so many inputs meet a fresh instance of the published module. */
const FRESH_EVERY = 200;

/** The monitor itself: whatever the log holds, it answers with a verdict. Each input is the whole log of a fresh thread. */
export async function monitorTargets(): Promise<ByteTarget[]> {
  const kv = (["kv64", "bytes"] as const).map((profile) => {
    const samples = wholeLogs((seed) => honestLog(profile, seed));
    return monitorTarget(`monitor of ${profile}`, profile, samples, null);
  });
  const service = await purseService();
  const samples = wholeLogs((seed) => honestServiceLog(service, seed));
  return Promise.all([...kv, monitorTarget("monitor of a service", "bytes", samples, service)]);
}

/** Honest logs of one thread, each in one piece. */
function wholeLogs(logOf: (seed: number) => TestLog): Uint8Array[] {
  const logs: Uint8Array[] = [];
  for (let seed = 1; logs.length < SAMPLES; seed++) {
    const { threads, profile, frames } = logOf(seed);
    if (threads !== 1 || frames.length < 2) continue;
    logs.push(concatBytes(...frames.map(({ entries }) => encodeFrame(entries, profile))));
  }
  return logs;
}

async function monitorTarget(
  name: string,
  profile: Profile,
  samples: readonly Uint8Array[],
  service: Program | null,
): Promise<ByteTarget> {
  const { fresh, recycled } = await RecycledThreads.build(profile);
  const options: MonitorThreadOptions = {
    ...{ id: 0, threads: 1, slots: SLOTS, profile },
    setHashKey: new Uint8Array(32).fill(3),
    valueMemoryBytes: VALUE_MEMORY_BYTES,
    contribute: () => true,
    ...(service !== null && { service }),
  };
  let inputs = 0;
  const recode = (bytes: Uint8Array): null => {
    const create = inputs++ % FRESH_EVERY === 0 ? fresh() : recycled();
    const { verdict, check, pos } = create(options).verifyLog(bytes);
    if (check === null) return null;
    const place = bytes[pos] === undefined ? "the end" : `an entry ${bytes[pos]}`;
    throw new ZetaError(check, `expected an honest log, got ${verdict} at ${place}`);
  };
  return { name, decoders: [], samples, recode };
}
