// SPDX-License-Identifier: Apache-2.0

import { ServerEnd } from "@zeta/http/server-end";
import { createEnclave } from "@zeta/monitor/enclave";
import { loadMonitorModule, type MonitorModule } from "@zeta/monitor/wasm-module";
import { assert, ZetaError } from "@zeta/protocol/error";
import { KV_SERVICE_ID } from "@zeta/protocol/kv";
import type { Storage } from "@zeta/storage/storage";
import { SLOTS_DEFAULT } from "@zeta/store/limits";
import { StoreWorker } from "@zeta/store/store-worker";
import { WORKERS_MAX } from "@zeta/store/wasm/share-out";
import { type Logger, pino } from "pino";
import { type AppService, loadAppService } from "./app-service.ts";
import type { Attest } from "./attest-enclave.ts";
import type { MonitorShape } from "./batches/batch-recorder.ts";
import { BatchSealer } from "./batches/batch-sealer.ts";
import type { BatchSink, SealedBatch } from "./batches/sealed-batch.ts";
import { systemClock } from "./clock.ts";
import { type Resumed, type ResumedFacts, resume } from "./durable/resume.ts";
import type { StartPoint } from "./durable/start-point.ts";
import { registerStorageMetrics } from "./durable/storage-metrics.ts";
import { Engine } from "./engine.ts";
import { createHttpApp } from "./http/app.ts";
import { Instance, type InstanceParts } from "./instance.ts";
import { KeyCatalogue } from "./key-catalogue.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createRespMetrics } from "./resp/metrics.ts";
import { RespFront } from "./resp/resp-front.ts";
import type { ServiceEngine } from "./service-engine.ts";
import { startDurable } from "./start-durable.ts";
import { startThreads } from "./threads/start-threads.ts";

export interface ServiceConfig {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 7070; 0 takes any free port. */
  readonly port?: number;
  /** Where the Redis protocol is spoken as well (resp/); default: nowhere. Of the key-value service only. */
  readonly resp?: { readonly host: string; readonly port: number };
  /** Length of an epoch in milliseconds; default 1000. Null: epochs are closed by `engine.closeEpoch()` only. */
  readonly epochMs?: number | null;
  /** Monitor threads, each in a worker with a share of the keys; default 1, in this thread. More exclude attacks and sealed batches. */
  readonly threads?: number;
  /** Slots of each monitor thread: records kept in protected memory. */
  readonly slots?: number;
  /** Protected memory of each monitor thread for values, in bytes. */
  readonly valueMemoryBytes?: number;
  /** Most keys that the store of a thread knows, absent ones that were asked for included; one more is answered `store_full`. */
  readonly recordsMax?: number;
  /** 1..64 printable ASCII characters in every statement; default `kv`. */
  readonly serviceId?: string;
  /** The code of a service in TypeScript (`bundleService`), to run instead of the key-value service. */
  readonly serviceCode?: string;
  /** Let `POST /v1/attacks/{name}` make the service lie. */
  readonly allowAttacks?: boolean;
  /** Makes the document that vouches for the enclave's key; default: one with a simulated quote. Excludes `allowAttacks`. */
  readonly attest?: Attest;
  /** Default: a logger that writes warnings and errors to standard error. */
  readonly logger?: Logger;
  /** Seal the log into batches for provers elsewhere. Excludes `allowAttacks`, which serves from several instances. */
  readonly sealBatches?: SealBatches;
  /**
   * Opens what keeps records and journal, so that the service goes on where it was; default: in memory only. The service closes it. Excludes
   * `allowAttacks` and `sealBatches`.
   */
  readonly storage?: (serviceId: string) => Promise<Storage>;
  /** Ends a start that is under way: it rejects with the signal's reason, and leaves nothing open and the storage as it was. */
  readonly stop?: AbortSignal;
  /** Directory of a built web page (`apps/dashboard/dist`) to serve at `/`; default: none. */
  readonly page?: string;
  /** Report memory, event loop and garbage collection as well; default true. */
  readonly processMetrics?: boolean;
}

export interface SealBatches {
  /** Where the batches go. */
  readonly sink: BatchSink;
  /** Epochs of a batch; default BATCH_EPOCHS. */
  readonly epochs?: number;
  /** Log bytes after which a batch is sealed early; default BATCH_LOG_BYTES. */
  readonly logBytes?: number;
  readonly onSealed?: (batch: SealedBatch) => void;
}

export interface RunningService<Running extends ServiceEngine = ServiceEngine> {
  /** `http://host:port`, with the real port. */
  readonly url: string;
  /** `host:port` of the Redis protocol, with the real port; null: it is not spoken. */
  readonly resp: string | null;
  readonly engine: Running;
  /** What can be asked of a service in TypeScript; null: the key-value service. */
  readonly operations: readonly string[] | null;
  /** What the storage gave back; null: without one. */
  readonly resumed: ResumedFacts | null;
  /** Finishes queued calls, certifies the current epoch within a deadline, closes the port. */
  close(): Promise<void>;
}

const EPOCH_MS_DEFAULT = 1000;
const PORT_DEFAULT = 7070;

/** Values of the default number of slots at 4 KiB each. */
const VALUE_MEMORY_BYTES_DEFAULT = 64 << 20;

/** How long the last epoch may take at the end: a small multiple of what a full epoch takes to migrate. */
const CLOSE_DEADLINE_MS = 10_000;

/** Whoever follows the epochs hears of the last certificate and may fetch receipts of that epoch for so long: there may be no next process. */
const RECEIPTS_MS = 500;

/** How long clients may take to read their last answers before their connections are cut. */
const CONNECTIONS_DEADLINE_MS = 2000;

/**
 * Starts a key-value service on an HTTP port: in memory, or from where its storage has it.
 *
 * @throws ZetaError `port_in_use` or `resp_port_in_use`, or `listen_failed` for any other reason not to get a port; `config_invalid`; what `attest` and the storage throw.
 * @example
 * const service = await startService({ port: 0 });
 * await fetch(`${service.url}/v1/kv/alice`, { method: "PUT", body: "100" });
 * await service.close();
 */
export function startService(
  config?: ServiceConfig & { readonly threads?: 1 },
): Promise<RunningService<Engine>>;
export function startService(config: ServiceConfig): Promise<RunningService>;
export async function startService(config: ServiceConfig = {}): Promise<RunningService> {
  const { host = "127.0.0.1", port = PORT_DEFAULT } = config;
  const logger = config.logger ?? pino({ level: "warn" }, process.stderr);
  const service = config.serviceCode === undefined ? null : loadAppService(config.serviceCode);
  if (service !== null && config.allowAttacks === true) {
    throw new ZetaError("config_invalid", "expected the key-value service with attacks allowed");
  }
  if (service !== null && config.sealBatches !== undefined) {
    // Provers replay batches with the monitor's own functions.
    throw new ZetaError("config_invalid", "expected the key-value service with sealed batches");
  }
  if (service !== null && config.resp !== undefined) {
    throw new ZetaError("config_invalid", "expected the key-value service with the Redis protocol");
  }
  const metrics = createMetrics({
    process: config.processMetrics ?? true,
    ...(service !== null && { operations: service.program.operations.map(({ name }) => name) }),
  });
  const module = loadMonitorModule("bytes");
  const serviceId = config.serviceId ?? service?.program.manifest.name ?? KV_SERVICE_ID;
  const parts = { ...config, serviceId, service };
  const catalogue = new KeyCatalogue();
  // A storage keeps the keys' names even while nobody can list them: later somebody may.
  const isListed = service === null && (config.resp !== undefined || config.storage !== undefined);
  const tools = { module, metrics, logger, catalogue: isListed ? catalogue : null };
  const { engine, resumed } = await startEngine(parts, tools);
  if (config.stop?.aborted) {
    await engine.close(CLOSE_DEADLINE_MS);
    config.stop.throwIfAborted();
  }
  const app = createHttpApp(engine, {
    metrics,
    allowAttacks: config.allowAttacks ?? false,
    logger,
    ...(service !== null && { service }),
    ...(config.page !== undefined && { page: config.page }),
  });
  const front = new RespFront({
    ...{ engine, catalogue, logger },
    metrics: createRespMetrics(metrics.registry),
  });
  const end = new ServerEnd(app.server);
  const close = async (): Promise<void> => {
    await front.close(CONNECTIONS_DEADLINE_MS);
    const { hasFollowers } = engine.events;
    await engine.close(CLOSE_DEADLINE_MS);
    if (hasFollowers) await new Promise<void>((done) => systemClock.after(RECEIPTS_MS, done));
    // Who follows again meanwhile would hold the end up until the connections are cut.
    engine.events.endAll();
    await end.close(() => app.close(), CONNECTIONS_DEADLINE_MS);
  };
  try {
    const url = await listening(app.listen({ host, port }), `${host}:${port}`, "port_in_use");
    const resp = config.resp === undefined ? null : await listenResp(front, config.resp);
    const operations = service && operationsOf(service);
    return { url, resp, engine, operations, resumed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The steps of a workflow go by its name. */
function operationsOf({ program }: AppService): readonly string[] {
  return [...new Set(program.manifest.operations.map(({ name, workflow }) => workflow ?? name))];
}

async function listenResp(
  front: RespFront,
  { host, port }: NonNullable<ServiceConfig["resp"]>,
): Promise<string> {
  const name = host.includes(":") ? `[${host}]` : host;
  const asked = `${name}:${port}`;
  return `${name}:${await listening(front.listen(host, port), asked, "resp_port_in_use")}`;
}

interface EngineTools {
  readonly module: MonitorModule;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Null: nobody lists keys. */
  readonly catalogue: KeyCatalogue | null;
}

interface StartedEngine {
  readonly engine: ServiceEngine;
  readonly resumed: ResumedFacts | null;
}

async function startEngine(config: PartsConfig, tools: EngineTools): Promise<StartedEngine> {
  const { serviceId, service = null, attest = null, threads = 1 } = config;
  const { module, metrics, logger, catalogue } = tools;
  const epochMs = config.epochMs === undefined ? EPOCH_MS_DEFAULT : config.epochMs;
  const onFault = (error: Error) => {
    logger.fatal({ err: error }, "a broken assumption: no more calls are run");
  };
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
    registerStorageMetrics(metrics.registry, storage, state);
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

/** What lies has no past to keep, and a batch ends where a checkpoint need not be. */
function checkStorage({ allowAttacks, sealBatches }: ServiceConfig): void {
  if (allowAttacks === true) {
    throw new ZetaError("config_invalid", "expected data in memory with attacks allowed");
  }
  if (sealBatches !== undefined) {
    throw new ZetaError("config_invalid", "expected data in memory with sealed batches");
  }
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

function checkThreads({ allowAttacks, sealBatches }: ServiceConfig, threads: number): void {
  if (!Number.isInteger(threads) || threads < 1 || threads > WORKERS_MAX) {
    throw new ZetaError("config_invalid", `expected 1..${WORKERS_MAX} threads, got ${threads}`);
  }
  if (allowAttacks === true) {
    throw new ZetaError("config_invalid", `expected one thread with attacks, got ${threads}`);
  }
  if (sealBatches !== undefined) {
    // Another monitor can go on from one root only.
    throw new ZetaError("config_invalid", `expected one thread with batches, got ${threads}`);
  }
}

/** Makes the parts of every instance. With `attest` there is one only, because quotes take time and an engine starts at once. */
async function partsMaker(
  config: PartsConfig,
  module: MonitorModule,
): Promise<() => InstanceParts> {
  if (config.attest === undefined) return () => createParts(config, module);
  // Some attacks start a second enclave. Besides, what lies on demand has no business with a hardware quote.
  if (config.allowAttacks === true) {
    throw new ZetaError(
      "config_invalid",
      "expected a simulated quote with attacks allowed, got attest",
    );
  }
  const parts = await attestedParts(config, module, null);
  let isTaken = false;
  return () => {
    assert(!isTaken, "one instance, the one that was attested");
    isTaken = true;
    return parts;
  };
}

/** The parts with the document over the enclave's key, if anybody makes one. */
async function attestedParts(
  config: PartsConfig,
  module: MonitorModule,
  start: StartPoint | null,
): Promise<InstanceParts> {
  const { attest, serviceId } = config;
  const parts = createParts(config, module, start);
  if (attest === undefined) return parts;
  const { publicKey, measurement } = parts.enclave;
  return { ...parts, attestation: await attest({ publicKey, measurement, serviceId }) };
}

/** What an instance is made of; `service` null: the key-value service. */
export interface PartsConfig extends ServiceConfig {
  readonly serviceId: string;
  readonly service?: AppService | null;
}

/** A fresh enclave and an empty store that knows its sizes; both begin at `start`, if given, where the store needs its records yet. */
export function createParts(
  config: PartsConfig,
  module: MonitorModule,
  start: StartPoint | null = null,
): InstanceParts {
  const { serviceId, service = null } = config;
  const { slots, valueMemoryBytes } = shapeOf(config);
  return {
    enclave: createEnclave({
      profile: "bytes",
      threads: 1,
      slots,
      serviceId,
      module,
      valueMemoryBytes,
      ...(service !== null && { serviceCode: service.code }),
      ...(start !== null && { continues: start }),
    }),
    store: new StoreWorker({
      ...{ thread: 0, threads: 1, slots, valueMemoryBytes },
      ...(service !== null && { functions: service.functions }),
      ...(config.recordsMax !== undefined && { recordsMax: config.recordsMax }),
      ...(start !== null && { firstEpoch: start.firstEpoch }),
    }),
  };
}

/** The monitor's sizes: what a batch must say so that another monitor can replay its log. */
export function shapeOf(config: ServiceConfig): MonitorShape {
  return {
    threads: 1,
    slots: config.slots ?? SLOTS_DEFAULT,
    valueMemoryBytes: config.valueMemoryBytes ?? VALUE_MEMORY_BYTES_DEFAULT,
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

/** What a listener comes to, or why it got no port. */
async function listening<T>(
  listener: Promise<T>,
  address: string,
  inUse: "port_in_use" | "resp_port_in_use",
): Promise<T> {
  try {
    return await listener;
  } catch (cause) {
    // Routes are made ready together with the port: what one of them refuses is its own reason.
    if (cause instanceof ZetaError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "EADDRINUSE") {
      throw new ZetaError(inUse, `expected a free port, got ${address}, which is in use`);
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `expected to listen on ${address}, got: ${reason}`;
    throw new ZetaError("listen_failed", message, { cause });
  }
}
