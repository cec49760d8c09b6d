// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { KV_SERVICE_ID } from "@zeta/protocol/kv";
import { Engine } from "@zeta/service/engine";
import { createMetrics } from "@zeta/service/metrics";
import { createParts } from "@zeta/service/serve";

/** The engine of the key-value service alone: one store, one monitor, no HTTP. */
export function createLocalEngine(epochMs: number): Engine {
  const module = loadMonitorModule("bytes");
  const serviceId = KV_SERVICE_ID;
  return new Engine({
    createParts: () => createParts({ serviceId }, module),
    serviceId,
    epochMs,
    metrics: createMetrics({ process: false }),
  });
}
