// SPDX-License-Identifier: Apache-2.0
import { hostNames, webOrigins } from "@zeta/http/host-names";
import { ServerEnd } from "@zeta/http/server-end";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { KV_SERVICE_ID } from "@zeta/protocol/kv";
import { RECORDS_DEFAULT } from "@zeta/store/limits";
import { pino } from "pino";
import { type AppService, loadAppService } from "./app-service.ts";
import { systemClock } from "./clock.ts";
import type { ResumedFacts } from "./durable/resume.ts";
import type { Engine } from "./engine.ts";
import { createHttpApp } from "./http/app.ts";
import type { App } from "./http/app-type.ts";
import { KeyCatalogue } from "./key-catalogue.ts";
import { listening, listenResp } from "./listening.ts";
import { createMetrics } from "./metrics.ts";
import { createRespMetrics } from "./resp/metrics.ts";
import { RespFront } from "./resp/resp-front.ts";
import { checkServiceCode, type ServiceConfig } from "./service-config.ts";
import type { ServiceEngine } from "./service-engine.ts";
import { startEngine } from "./start-engine.ts";

export type { SealBatches, ServiceConfig } from "./service-config.ts";

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

const PORT_DEFAULT = 7070;

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
  const access = {
    hosts: hostNames(config.allowHosts ?? [], "allowHosts"),
    origins: webOrigins(config.allowOrigins ?? [], "allowOrigins"),
  };
  const logger = config.logger ?? pino({ level: "warn" }, process.stderr);
  const service = config.serviceCode === undefined ? null : loadAppService(config.serviceCode);
  if (service !== null) checkServiceCode(config);
  const { threads = 1, recordsMax = RECORDS_DEFAULT } = config;
  const metrics = createMetrics({
    recordsMax: threads * recordsMax,
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
    access,
    logger,
    ...(service !== null && { service }),
    ...(config.page !== undefined && { page: config.page }),
  });
  const front = new RespFront({
    ...{ engine, catalogue, logger },
    metrics: createRespMetrics(metrics.registry),
    isDurable: config.storage !== undefined,
  });
  const close = closer({ app, front, engine });
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

interface Fronts {
  readonly app: App;
  readonly front: RespFront;
  readonly engine: ServiceEngine;
}

/** What ends a service. To be made before it listens. */
function closer({ app, front, engine }: Fronts): () => Promise<void> {
  const end = new ServerEnd(app.server);
  return async () => {
    await front.close(CONNECTIONS_DEADLINE_MS);
    const { hasFollowers } = engine.events;
    await engine.close(CLOSE_DEADLINE_MS);
    if (hasFollowers) await new Promise<void>((done) => systemClock.after(RECEIPTS_MS, done));
    // Who follows again meanwhile would hold the end up until the connections are cut.
    engine.events.endAll();
    await end.close(() => app.close(), CONNECTIONS_DEADLINE_MS);
  };
}

/** The steps of a workflow go by its name. */
function operationsOf({ program }: AppService): readonly string[] {
  return [...new Set(program.manifest.operations.map(({ name, workflow }) => workflow ?? name))];
}
