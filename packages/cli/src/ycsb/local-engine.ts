// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { KV_SERVICE_ID } from "@zeta/protocol/kv";
import { createParts, shapeOf } from "@zeta/service/create-parts";
import { Engine } from "@zeta/service/engine";
import { createMetrics } from "@zeta/service/metrics";
import type { ServiceEngine } from "@zeta/service/service-engine";
import { startThreads } from "@zeta/service/threads/start-threads";

export interface LocalEngineOptions {
  readonly epochMs: number;
  /** 1: store and monitor in the caller's own thread. */
  readonly threads: number;
}

/** The engine of the key-value service alone: stores and monitors, no HTTP. */
export async function createLocalEngine(options: LocalEngineOptions): Promise<ServiceEngine> {
  const { epochMs, threads } = options;
  const module = loadMonitorModule("bytes");
  const serviceId = KV_SERVICE_ID;
  const metrics = createMetrics({ process: false });
  if (threads === 1) {
    const makeParts = () => createParts({ serviceId }, module);
    return new Engine({ createParts: makeParts, serviceId, epochMs, metrics });
  }
  const { slots, valueMemoryBytes } = shapeOf({});
  return startThreads({
    ...{ threads, slots, valueMemoryBytes, recordsMax: null, module, serviceId, epochMs, metrics },
    ...{ service: null, attest: null, rest: null, onFault: () => {} },
  });
}
