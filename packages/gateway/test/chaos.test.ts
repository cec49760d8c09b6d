// SPDX-License-Identifier: Apache-2.0
/**
 * Eight gateways, five hundred batches, a real Postgres, and everything that goes wrong in between: gateways that vanish, a server that
 * is replaced, requests that are lost, doubled, late, slow or answered with an error, batches that are poison.
 */
import type { AddressInfo } from "node:net";
import net from "node:net";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../../prover-api/src/database/open-database.ts";
import { type RunningProverApi, serveProverApi } from "../../prover-api/src/start-prover-api.ts";
import { makeBatch } from "../../prover-api/test/support/prover.ts";
import {
  hasRealPostgres,
  startRealPostgres,
  type TestPostgres,
} from "../../prover-api/test/support/real-postgres.ts";
import { openTestDatabase, silent } from "../../prover-api/test/support/server.ts";
import { quoteJudge } from "../src/proofs/quote-judge.ts";
import { verifyProofs } from "../src/proofs/verify-proofs.ts";
import { verifierError } from "../src/verify/verifier.ts";
import { type FaultyProxy, startFaultyProxy } from "./support/faulty-proxy.ts";
import { startGateway, temporaryDirectory, testVerifier } from "./support/gateway.ts";
import { seededRandom } from "./support/random.ts";

const GATEWAYS = 8;
/** All 500 in the long run (`npm run assure`); fewer keep the suite quick. */
const BATCHES = process.env.ZETA_ASSURE === "1" ? 500 : 120;
const LEASE_SECONDS = 2;
const seed = Number(process.env.ZETA_TEST_SEED ?? 20_261_121);

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Every 50th batch is poison, every 70th breaks its verifier. */
const kindOf = (number: number) =>
  number % 50 === 0 ? "poison" : number % 70 === 0 ? "crash" : "honest";
const isProvable = (number: number) => kindOf(number) === "honest";

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.runIf(hasRealPostgres)(`chaos, seed ${seed}`, () => {
  const folder = temporaryDirectory();
  const random = seededRandom(seed);
  let postgres: TestPostgres;
  let database: OpenDatabase;

  beforeAll(async () => {
    postgres = await startRealPostgres();
    database = await openTestDatabase({ kind: "postgres", url: await postgres.createDatabase() });
    // Counts every proof that is stored, whoever stores it.
    await sql`CREATE TABLE stored (batch BIGINT)`.execute(database.db);
    await sql`CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN
        INSERT INTO stored VALUES (NEW.l1_batch_number); RETURN NEW; END $$ LANGUAGE plpgsql`.execute(
      database.db,
    );
    await sql`CREATE TRIGGER note AFTER UPDATE OF signature ON tee_proof_generation_details
      FOR EACH ROW WHEN (NEW.signature IS NOT NULL) EXECUTE FUNCTION note()`.execute(database.db);
  });
  afterAll(async () => {
    await database.close();
    await postgres.stop();
    folder.remove();
  });

  const serve = (port: number): Promise<RunningProverApi> =>
    serveProverApi(
      {
        port,
        blobs: { kind: "postgres" },
        attestation: { allowSimulation: true },
        leaseSeconds: LEASE_SECONDS,
        retryInitialSeconds: 0.1,
        retryMaxSeconds: 0.3,
        attemptsMax: 3,
        // Gateways vanish here all the time; no batch is to blame.
        expiriesMax: 1000,
        pollSeconds: 0.2,
      },
      { log: silent },
      { db: database.db, close: async () => {} },
    );

  const openJobs = async () => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) FROM batches LEFT JOIN tee_proof_generation_details ON number = l1_batch_number
      WHERE status IS NULL OR status NOT IN ('generated', 'permanently_ignored')`.execute(
      database.db,
    );
    return rows[0]?.count ?? 0;
  };

  /** Keeps one gateway running: some of its lives end with a proper stop, most without a word. */
  async function supervise(
    index: number,
    url: string,
    isOver: () => boolean,
    proxies: FaultyProxy[],
  ) {
    const verifier = testVerifier(async (batch, signal) => {
      await pause(2 + 6 * random());
      if (signal.aborted) throw verifierError("verifier_aborted", "aborted");
      if (kindOf(batch.facts?.number ?? 0) === "crash")
        throw verifierError("verifier_crashed", "x");
    });
    const lives: string[] = [];
    while (!isOver()) {
      const proxy = await startFaultyProxy(url, random, 1500 * LEASE_SECONDS);
      proxies.push(proxy);
      const gateway = startGateway(
        {
          apiUrl: proxy.url,
          outboxDirectory: `${folder.path}/outbox-${index}`,
          shutdownSeconds: 1,
          waitSeconds: 1,
          initialRetryBackoffSeconds: 0.02,
          maxBackoffSeconds: 0.3,
          connectTimeoutSeconds: 1,
          answerTimeoutSeconds: 0.8,
          dataTimeoutSeconds: 2,
        },
        verifier,
      );
      const life = 500 + 2500 * random();
      for (const end = Date.now() + life; Date.now() < end && !isOver(); ) await pause(50);
      const isKilled = random() < 0.7 && !isOver();
      if (isKilled) proxy.cut();
      lives.push(isKilled ? "killed" : "stopped");
      await gateway.stop();
      proxy.close();
    }
    return lives;
  }

  test("every batch is proven once, poison is ignored with its reason, nothing is lost or left held", {
    timeout: 240_000,
  }, async () => {
    const port = await freePort();
    let api = await serve(port);
    for (let number = 1; number <= BATCHES; number++) {
      const kind = kindOf(number);
      await api.submitBatch(
        makeBatch(number, kind === "poison" ? `batch ${number} poison` : undefined),
      );
    }
    let isDone = false;
    const proxies: FaultyProxy[] = [];
    const gateways = Array.from({ length: GATEWAYS }, (_, index) =>
      supervise(index, api.url, () => isDone, proxies),
    );
    let restarts = 0;
    while ((await openJobs()) > 0) {
      await pause(300 + 700 * random());
      if (restarts < 5 && random() < 0.3) {
        await api.close();
        await pause(200 * random());
        api = await serve(port);
        restarts++;
      }
    }
    isDone = true;
    const lives = (await Promise.all(gateways)).flat();
    const faults = proxies.flatMap((proxy) => [...proxy.faults.keys()]);
    // The test is worth something only if things did go wrong.
    expect(lives.filter((life) => life === "killed").length).toBeGreaterThan(0);
    expect(new Set(faults).size).toBeGreaterThan(8);

    const { rows: stored } = await sql<{ batch: number; times: number }>`
        SELECT batch, count(*) AS times FROM stored GROUP BY batch ORDER BY batch`.execute(
      database.db,
    );
    const numbers = Array.from({ length: BATCHES }, (_, index) => index + 1);
    expect(stored).toEqual(numbers.filter(isProvable).map((batch) => ({ batch, times: 1 })));
    const { rows: ignored } = await sql<{ number: number; error: string; attempts: number }>`
        SELECT l1_batch_number AS number, error, attempts FROM tee_proof_generation_details
        WHERE status = 'permanently_ignored' ORDER BY l1_batch_number`.execute(database.db);
    expect(ignored.map((row) => row.number)).toEqual(numbers.filter((n) => !isProvable(n)));
    for (const { number, error, attempts } of ignored) {
      expect(attempts).toBe(3);
      expect(error).toContain(kindOf(number) === "poison" ? "rejected M.hash" : "verifier_crashed");
    }
    const report = await verifyProofs({
      url: api.url,
      from: 1,
      to: BATCHES,
      policy: {
        judge: quoteJudge({
          policy: { allowSimulation: true, sgx: null, tdx: null, sevSnp: null, reportData: null },
          now: Date.now,
        }),
        service: "kv",
        allowLegacy: false,
      },
      signal: AbortSignal.timeout(60_000),
    });
    expect(report.batches.map((batch) => batch.verdict)).toEqual(
      numbers.map((number) => (isProvable(number) ? "verified" : "missing")),
    );
    await api.close();
  });
});
