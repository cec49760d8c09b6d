// SPDX-License-Identifier: Apache-2.0

import type { AddressInfo } from "node:net";
import { isIPv4, isIPv6 } from "node:net";
import { hostNames } from "@zeta/http/host-names";
import { ServerEnd } from "@zeta/http/server-end";
import { ZetaError } from "@zeta/protocol/error";
import { BATCH_BYTES_MAX } from "@zeta/tee-api/limits";
import { type Logger, pino } from "pino";
import { Attestations } from "./attestations.ts";
import { type SealedBatch, submitBatch } from "./batches.ts";
import type { BlobStore } from "./blobs/blob-store.ts";
import { FileBlobs } from "./blobs/file-blobs.ts";
import { PostgresBlobs } from "./blobs/postgres-blobs.ts";
import { S3Blobs } from "./blobs/s3-blobs.ts";
import type { ProverApiConfig } from "./config.ts";
import type { ProverContext } from "./context.ts";
import { migrateToLatest } from "./database/migrations.ts";
import { type OpenDatabase, openDatabase } from "./database/open-database.ts";
import { databaseClock, type SqlClock } from "./database/sql-clock.ts";
import { isErrno } from "./errno.ts";
import { createProverApp } from "./http/app.ts";
import { expireLeases } from "./jobs/expire.ts";
import { Frontier } from "./jobs/frontier.ts";
import type { JobRules } from "./jobs/job-rules.ts";
import { forgetReleases } from "./jobs/lease.ts";
import { createMetrics } from "./metrics.ts";
import { policyQuoteJudge, type QuoteJudge, simulationOnly } from "./quote-judge.ts";
import { FileCatalogue } from "./sealed/file-catalogue.ts";
import { followBatches } from "./sealed/follow-batches.ts";
import { S3Catalogue } from "./sealed/s3-catalogue.ts";
import { WorkSignal } from "./work-signal.ts";

/** What is given from outside: in production nothing or the hardware quote verifier, in tests also time. */
export interface ProverApiPorts {
  readonly log?: Logger;
  readonly judge?: QuoteJudge;
  /** Both or neither: tests move them together. */
  readonly clock?: SqlClock;
  readonly now?: () => number;
  /** Ends a start that is under way: it rejects with the signal's reason, and leaves nothing open. */
  readonly stop?: AbortSignal;
}

export interface RunningProverApi {
  /** E.g. `http://127.0.0.1:3320`. */
  readonly url: string;
  /** Gives a sealed batch to the provers. */
  submitBatch(batch: SealedBatch): Promise<void>;
  /** Ends waiting claims, closes connections, then the database. Jobs stay as they are: their leases live in the database. */
  close(): Promise<void>;
}

const DATA_DIRECTORY = "zeta-data/prover-api";
/** Where jobs and batches are kept unless the configuration says otherwise. */
export const DATABASE_DEFAULT = {
  kind: "embedded",
  directory: `${DATA_DIRECTORY}/database`,
} as const;
export const BLOBS_DEFAULT = { kind: "files", directory: `${DATA_DIRECTORY}/batches` } as const;

/** How often leases are looked at when nobody asks for work, so that what operators see is true. */
const EXPIRY_CHECK_MS = 5_000;

/** How long clients may take to read their last answers before their connections are cut. */
const CONNECTIONS_DEADLINE_MS = 2000;

/**
 * Opens the database, brings it to the newest schema and listens.
 *
 * @throws ZetaError `config_invalid`, `directory_in_use`, `database_unreachable`, `address_in_use` or `listen_failed`.
 * @example
 * const api = await startProverApi({ attestation: { allowSimulation: true } });
 * await api.submitBatch({ number: 1, service: "kv", previousRoot, root, receiptsRoot: null, data });
 */
export async function startProverApi(
  config: ProverApiConfig,
  ports: ProverApiPorts = {},
): Promise<RunningProverApi> {
  const log = ports.log ?? pino({ name: "prover-api" });
  const database = await openDatabase(config.database ?? DATABASE_DEFAULT, log);
  try {
    return await serveProverApi(config, { ...ports, log }, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Serves on a database that is open already, which is closed with the server. */
export async function serveProverApi(
  config: ProverApiConfig,
  ports: ProverApiPorts,
  database: OpenDatabase,
): Promise<RunningProverApi> {
  const log = ports.log ?? pino({ name: "prover-api" });
  const hosts = hostNames(config.allowHosts ?? [], "allowHosts");
  ports.stop?.throwIfAborted();
  await migrateToLatest(database.db);
  ports.stop?.throwIfAborted();
  const prover = createContext(config, ports, log, database);
  const host = config.host ?? "127.0.0.1";
  const stopping = new AbortController();
  const app = await createProverApp({
    prover,
    compat: config.compat === "zksync",
    pollMs: 1000 * (config.pollSeconds ?? 1),
    stopping: stopping.signal,
    operatorToken: config.operatorToken ?? null,
    isLoopback: isLoopback(host),
    hosts,
  });
  const end = new ServerEnd(app.server);
  await listenOn(app, host, config.port ?? 3320);
  const expiry = setInterval(() => {
    keepLeases(prover).catch((error) => log.warn({ error }, "cannot look at the leases"));
  }, EXPIRY_CHECK_MS);
  const following = followSealed(config, prover, stopping.signal);
  const { port } = app.server.address() as AddressInfo;
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  log.info({ url, compat: config.compat ?? "none" }, "prover API listens");
  return {
    url,
    submitBatch: (batch) => submitBatch(prover, batch),
    async close() {
      clearInterval(expiry);
      stopping.abort();
      await end.close(() => app.close(), CONNECTIONS_DEADLINE_MS);
      await following;
      await database.close();
      log.info("prover API stopped");
    },
  };
}

/** Batches that come through a catalogue; in a database of its own a service announces them itself. */
function followSealed(
  config: ProverApiConfig,
  prover: ProverContext,
  stop: AbortSignal,
): Promise<void> {
  const blobs = config.blobs ?? BLOBS_DEFAULT;
  if (blobs.kind === "postgres" || config.followSealed === false) return Promise.resolve();
  const catalogue =
    blobs.kind === "files" ? new FileCatalogue(blobs.directory) : new S3Catalogue(blobs);
  return followBatches(prover, catalogue, 1000 * (config.pollSeconds ?? 1), stop);
}

async function keepLeases(prover: ProverContext): Promise<void> {
  await expireLeases(prover);
  await forgetReleases(prover);
}

async function listenOn(
  app: { listen(options: { host: string; port: number }): Promise<unknown> },
  host: string,
  port: number,
): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if (isErrno(error, "EADDRINUSE")) {
      throw new ZetaError("address_in_use", `expected ${host}:${port} to be free, got it in use`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    const message = `expected to listen on ${host}:${port}, got: ${reason}`;
    throw new ZetaError("listen_failed", message, { cause: error });
  }
}

function createContext(
  config: ProverApiConfig,
  ports: ProverApiPorts,
  log: Logger,
  { db }: OpenDatabase,
): ProverContext {
  const clock = ports.clock ?? databaseClock;
  const now = ports.now ?? Date.now;
  const rules = rulesOf(config);
  const judge =
    ports.judge ??
    policyQuoteJudge({
      policy: simulationOnly(config.attestation?.allowSimulation ?? false),
      now,
    });
  return {
    db,
    blobs: openBlobs(config, db),
    clock,
    now,
    rules,
    batchBytesMax: config.batchBytesMax ?? BATCH_BYTES_MAX,
    attestations: new Attestations({
      db,
      clock,
      now,
      judge,
      simulationProvesLegacy: config.compat === "zksync",
    }),
    frontier: new Frontier(rules.firstProcessedBatch),
    metrics: createMetrics(db),
    work: new WorkSignal(),
    log,
  };
}

function rulesOf(config: ProverApiConfig): JobRules {
  return {
    firstProcessedBatch: config.firstProcessedBatch ?? 0,
    leaseMs: 1000 * (config.leaseSeconds ?? 60),
    ignoredAfterMs: 3_600_000 * (config.batchIgnoredAfterHours ?? 240),
    attemptsMax: config.attemptsMax ?? 5,
    expiriesMax: config.expiriesMax ?? 10,
    retryInitialMs: 1000 * (config.retryInitialSeconds ?? 5),
    retryMaxMs: 1000 * (config.retryMaxSeconds ?? 600),
  };
}

function openBlobs(config: ProverApiConfig, db: OpenDatabase["db"]): BlobStore {
  const blobs = config.blobs ?? BLOBS_DEFAULT;
  if (blobs.kind === "files") return new FileBlobs(blobs.directory);
  return blobs.kind === "postgres" ? new PostgresBlobs(db) : new S3Blobs(blobs);
}

function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  return host === "::1" || host === "localhost";
}
