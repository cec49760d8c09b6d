// SPDX-License-Identifier: Apache-2.0
import type { Engine } from "@zeta/service/engine";
import { type RunningService, type ServiceConfig, startService } from "@zeta/service/serve";
import { onTestFinished } from "vitest";

/** Epochs of a tenth of a second: every test waits for some. */
const EPOCH_MS = 100;

/** A real service on a free port, small and quick; stopped when the test ends. */
export async function started(
  config: ServiceConfig & { readonly threads?: 1 } = {},
): Promise<RunningService<Engine>> {
  const service = await startService({
    port: 0,
    epochMs: EPOCH_MS,
    processMetrics: false,
    ...{ slots: 1024, valueMemoryBytes: 16 << 20 },
    ...config,
  });
  onTestFinished(() => service.close());
  return service;
}
