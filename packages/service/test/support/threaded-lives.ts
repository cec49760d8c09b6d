// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import type { MemoryPlace } from "@zeta/storage/memory/memory-place";
import { pino } from "pino";
import type { JournalLimits } from "../../src/durable/durable-state.ts";
import { decodeManifest } from "../../src/durable/manifest.ts";
import type { ResumedFacts } from "../../src/durable/resume.ts";
import { createMetrics } from "../../src/metrics.ts";
import { type ServiceConfig, startService } from "../../src/serve.ts";
import type { ServiceEngine } from "../../src/service-engine.ts";
import { resumeThreads } from "../../src/threads/resume-threads.ts";
import { startThreads } from "../../src/threads/start-threads.ts";

/** A service with data on several threads, with epochs that the test closes. */
export interface Life {
  readonly engine: ServiceEngine;
  readonly facts: ResumedFacts;
  /** The process ends here and now. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

const RECORDS_MAX = 5000;
const module = loadMonitorModule("bytes");
const living = new Set<Life>();

/** As `zeta serve` starts it. */
export async function live(
  place: MemoryPlace,
  threads: number,
  config: ServiceConfig = {},
): Promise<Life> {
  const { engine, resumed, close } = await startService({
    ...{ port: 0, epochMs: null, threads, recordsMax: RECORDS_MAX, processMetrics: false },
    logger: pino({ level: "silent" }),
    storage: (serviceId) => place.open({ serviceId }),
    ...config,
  });
  return lifeOf(place, engine, resumed as ResumedFacts, close);
}

/** Without HTTP, and with a journal of another length. */
export async function liveEngine(
  place: MemoryPlace,
  threads: number,
  limits: JournalLimits = {},
): Promise<Life> {
  const storage = await place.open({ serviceId: "kv" });
  const bytes = await storage.manifest();
  const { engine, state, facts } = await resumeThreads({
    ...{ storage, catalogue: null, threads, nextThreads: threads, limits },
    breathe: async () => {},
    manifest: bytes === null ? null : decodeManifest(bytes),
    createEngine: (rest) =>
      startThreads({
        ...{ threads, rest, module, serviceId: "kv", service: null, attest: null },
        ...{ slots: 64, valueMemoryBytes: 16 << 20, recordsMax: RECORDS_MAX, epochMs: null },
        metrics: createMetrics({ process: false }),
        onFault: () => {},
      }),
  });
  engine.keepWith(state);
  return lifeOf(place, engine, facts, () => engine.close(5000));
}

function lifeOf(
  place: MemoryPlace,
  engine: ServiceEngine,
  facts: ResumedFacts,
  close: () => Promise<void>,
): Life {
  const stop = (): Promise<void> => {
    living.delete(life);
    return close();
  };
  const crash = (): Promise<void> => {
    place.crash();
    return stop();
  };
  const life: Life = { engine, facts, crash, stop };
  living.add(life);
  return life;
}

export async function endAll(): Promise<void> {
  for (const life of living) await life.stop();
}
