// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule, type MonitorModule } from "@zeta/monitor/wasm-module";
import type { AppService } from "../../src/app-service.ts";
import { createParts } from "../../src/create-parts.ts";
import { Engine, type EngineOptions } from "../../src/engine.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { App } from "../../src/http/app-type.ts";
import type { Access } from "../../src/http/guard.ts";
import { createMetrics } from "../../src/metrics.ts";
import { ManualClock } from "./manual-clock.ts";

export interface TestService {
  readonly engine: Engine;
  readonly app: App;
  readonly clock: ManualClock;
  readonly close: () => Promise<void>;
}

export interface TestOptions extends Partial<EngineOptions> {
  readonly allowAttacks?: boolean;
  readonly slots?: number;
  /** A service in TypeScript instead of the key-value service. */
  readonly service?: AppService;
  readonly recordsMax?: number;
  /** Directory of a web page. */
  readonly page?: string;
  readonly access?: Access;
}

let loaded: MonitorModule | null = null;

/** A real engine, real store and real monitor, with a clock that the test moves and epochs that the test closes. */
export function createTestService(options: TestOptions = {}): TestService {
  loaded ??= loadMonitorModule("bytes");
  const module = loaded;
  const clock = new ManualClock();
  const metrics = createMetrics({ process: false });
  const {
    slots = 64,
    recordsMax,
    allowAttacks = false,
    service,
    page,
    access,
    ...engineOptions
  } = options;
  const serviceId = service?.program.manifest.name ?? "kv";
  const sizes = { slots, ...(recordsMax !== undefined && { recordsMax }) };
  const parts = { serviceId, ...sizes, ...(service !== undefined && { service }) };
  const engine = new Engine({
    createParts: () => createParts(parts, module),
    serviceId,
    epochMs: null,
    metrics,
    clock,
    ...engineOptions,
  });
  const app = createHttpApp(engine, {
    metrics,
    allowAttacks,
    ...(service !== undefined && { service }),
    ...(page !== undefined && { page }),
    ...(access !== undefined && { access }),
  });
  const close = async (): Promise<void> => {
    await engine.close(1000);
    await app.close();
  };
  return { engine, app, clock, close };
}
