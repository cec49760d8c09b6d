// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job } from "@zeta/tee-api/answers";
import { sql } from "kysely";
import { pino } from "pino";
import type { ProverApiConfig } from "../../src/config.ts";
import { migrateToLatest } from "../../src/database/migrations.ts";
import {
  type DatabaseConfig,
  type OpenDatabase,
  openDatabase,
} from "../../src/database/open-database.ts";
import { processClock } from "../../src/database/sql-clock.ts";
import { type RunningProverApi, serveProverApi } from "../../src/start-prover-api.ts";
import { leaseOf, type TestProver } from "./prover.ts";

export const silent = pino({ level: "silent" });

export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "zeta-prover-api-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What a prepared database depends on. */
const SCHEMA = createHash("sha256")
  .update(readFileSync(new URL("../../src/database/migrations.ts", import.meta.url)))
  .digest("hex")
  .slice(0, 16);

/** Where an initialised embedded database is kept between runs: making one takes seconds, copying it a moment. */
const TEMPLATE = fileURLToPath(
  new URL(`../../../../node_modules/.cache/zeta-pglite-${SCHEMA}`, import.meta.url),
);

async function makeTemplate(): Promise<void> {
  const draft = `${TEMPLATE}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const database = await openDatabase({ kind: "embedded", directory: draft }, silent);
  await migrateToLatest(database.db);
  await database.close();
  try {
    renameSync(draft, TEMPLATE);
  } catch {
    // Another test file was faster; its template is the same.
    rmSync(draft, { recursive: true });
  }
}

/** A database for a whole test file, emptied for each server. */
export async function openTestDatabase(config: DatabaseConfig): Promise<OpenDatabase> {
  if (config.kind === "embedded") {
    if (!existsSync(TEMPLATE)) await makeTemplate();
    cpSync(TEMPLATE, config.directory, { recursive: true });
  }
  const database = await openDatabase(config, silent);
  await migrateToLatest(database.db);
  return database;
}

export interface TestServer {
  readonly api: RunningProverApi;
  readonly url: string;
  /** The server's clock, and how to move it. */
  now(): number;
  advance(milliseconds: number): void;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  register(prover: TestProver): Promise<Answer>;
  claim(prover: TestProver, lease: string, headers?: Record<string, string>): Promise<Job | null>;
  /** status, attempts, expiries, error and holder of one job */
  job(batch: number): Promise<Record<string, unknown> | undefined>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of all shapes are compared with expectations here
  readonly json: any;
}

/** A server on an emptied database whose clock stands still unless moved. */
export async function startTestServer(
  database: OpenDatabase,
  config: ProverApiConfig = {},
): Promise<TestServer> {
  await sql`TRUNCATE tee_released_leases, tee_proof_generation_details, tee_attestations, batch_blobs, batches`.execute(
    database.db,
  );
  let now = Date.UTC(2026, 10, 21);
  const api = await serveProverApi(
    {
      port: 0,
      blobs: { kind: "postgres" },
      attestation: { allowSimulation: true },
      ...config,
    },
    { log: silent, clock: processClock(() => now), now: () => now },
    { db: database.db, close: async () => {} },
  );
  const call = (path: string, init: RequestInit) => fetchAnswer(`${api.url}${path}`, init);
  const server: TestServer = {
    api,
    url: api.url,
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    post: (path, body, headers = {}) =>
      call(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (path, headers = {}) => call(path, { headers }),
    register: ({ attestation, pubkey }) =>
      server.post("/tee/register_attestation", { attestation, pubkey, tee_type: "simulation" }),
    claim: async ({ pubkey }, lease, headers = {}) => {
      const body = { tee_type: "simulation", pubkey, lease: leaseOf(lease) };
      const answer = await server.post("/tee/proof_inputs", body, headers);
      if (answer.status === 204) return null;
      if (answer.status !== 200) throw new Error(`claim: ${answer.status} ${answer.text}`);
      return answer.json.Z1;
    },
    job: async (batch) => {
      const answer = await server.get(`/tee/jobs?from=${batch}&limit=1`);
      return answer.json.jobs.find((row: { batch_number: number }) => row.batch_number === batch);
    },
    close: () => api.close(),
  };
  return server;
}

export async function fetchAnswer(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // Not every body is JSON.
  }
  return { status: response.status, text, headers: response.headers, json };
}
