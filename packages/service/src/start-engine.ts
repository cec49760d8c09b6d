// SPDX-License-Identifier: Apache-2.0
import type { MonitorModule } from "@zeta/monitor/wasm-module";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import type { Storage } from "@zeta/storage/storage";
import type { Logger } from "pino";
import { BatchSealer } from "./batches/batch-sealer.ts";
import { systemClock } from "./clock.ts";
import { attestedParts, partsMaker, shapeOf } from "./create-parts.ts";
import { type Resumed, type ResumedFacts, resume } from "./durable/resume.ts";
import { registerStorageMetrics } from "./durable/storage-metrics.ts";
import { Engine } from "./engine.ts";
import { Instance } from "./instance.ts";
import type { KeyCatalogue } from "./key-catalogue.ts";
import type { Metrics } from "./metrics.ts";
import {
  checkStorage,
  checkThreads,
  type PartsConfig,
  type ServiceConfig,
} from "./service-config.ts";
import type { ServiceEngine } from "./service-engine.ts";
import { startDurable } from "./start-durable.ts";
import { startThreads } from "./threads/start-threads.ts";

const EPOCH_MS_DEFAULT = 1000;

export interface EngineTools {
  readonly module: MonitorModule;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Null: nobody lists keys. */
  readonly catalogue: KeyCatalogue | null;
}

export interface StartedEngine {
  readonly engine: ServiceEngine;
  readonly resumed: ResumedFacts | null;
}

function faultText(error: Error): string {
  return isZetaError(error) && error.code !== "assertion"
    ? "a write failed: nothing more is certified"
    : "a broken assumption: no more calls are run";
}

/** The engine of a service: on one thread or several, with data that are kept or in memory. */
export async function startEngine(config: PartsConfig, tools: EngineTools): Promise<StartedEngine> {
  const { serviceId, service = null, attest = null, threads = 1 } = config;
  const { module, metrics, logger, catalogue } = tools;
  const epochMs = config.epochMs === undefined ? EPOCH_MS_DEFAULT : config.epochMs;
  const onFault = config.onFault ?? ((err: Error) => logger.fatal({ err }, faultText(err)));
  const observe = catalogue?.observe;
  const common = { serviceId, epochMs, metrics, onFault, ...(observe && { observe }) };
  if (threads !== 1) checkThreads(config, threads);
  const { slots, valueMemoryBytes } = shapeOf(config);
  const recordsMax = config.recordsMax ?? null;
  const sizes = { slots, valueMemoryBytes, recordsMax };
  const ofThreads = { ...common, ...sizes, module, service, attest };
  if (config.storage !== undefined) {
    checkStorage(config);
    const storage = await config.storage(serviceId);
    const { engine, state, facts } = await startDurable({
      ...{ storage, catalogue, threads, breathe: breatherOf(config) },
      resumeOne: (nextThreads) => resumeParts(config, storage, module, catalogue, nextThreads),
      engineOf: (instance, sealer) =>
        new Engine({ ...common, createParts: noParts, instance, sealer }),
      startThreads: (count, rest) => startThreads({ ...ofThreads, threads: count, rest }),
    });
    registerStorageMetrics(metrics.registry, storage, state, facts.ancestors);
    return { engine, resumed: facts };
  }
  if (threads === 1) {
    const sealer = await openSealer(config, logger);
    const createParts = await partsMaker(config, module);
    const engine = new Engine({ ...common, createParts, ...(sealer !== null && { sealer }) });
    return { engine, resumed: null };
  }
  return { engine: await startThreads({ ...ofThreads, threads, rest: null }), resumed: null };
}

/** Only attacks start a second instance in one process. */
function noParts(): never {
  throw new ZetaError("assertion", "assertion failed: one instance of a service with data");
}

async function resumeParts(
  config: PartsConfig,
  storage: Storage,
  module: MonitorModule,
  catalogue: KeyCatalogue | null,
  nextThreads: number,
): Promise<Resumed> {
  const { serviceId } = config;
  const pause = () => new Promise<void>((done) => systemClock.soon(done));
  return resume({
    ...{ storage, catalogue, nextThreads, breathe: breatherOf(config) },
    createParts: (start) => attestedParts(config, module, start),
    createInstance: (parts) => new Instance({ ...parts, serviceId, pause }),
  });
}

/** Lets other work in, and ends a start that nobody wants any more. */
function breatherOf({ stop }: ServiceConfig): () => Promise<void> {
  return async () => {
    await new Promise<void>((done) => systemClock.soon(done));
    stop?.throwIfAborted();
  };
}

async function openSealer(
  config: ServiceConfig & { readonly serviceId: string },
  logger: Logger,
): Promise<BatchSealer | null> {
  const { sealBatches, serviceId } = config;
  if (sealBatches === undefined) return null;
  if (config.allowAttacks === true) {
    throw new ZetaError("config_invalid", "expected no sealed batches with attacks allowed");
  }
  return BatchSealer.open({
    ...sealBatches,
    serviceId,
    shape: shapeOf(config),
    clock: systemClock,
    onTrouble: (err, batch) => logger.error({ err, batch }, "cannot write a sealed batch"),
  });
}
