// SPDX-License-Identifier: Apache-2.0
/** Many claimers at once: every batch to exactly one, nobody sent away while there is work. */
import type { Job } from "@zeta/tee-api/answers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { processClock } from "../src/database/sql-clock.ts";
import { serveProverApi } from "../src/start-prover-api.ts";
import { makeBatch, makeProver, submissionOf } from "./support/prover.ts";
import { hasRealPostgres, startRealPostgres, type TestPostgres } from "./support/real-postgres.ts";
import { fetchAnswer, openTestDatabase, silent, startTestServer } from "./support/server.ts";

const CLAIMERS = 8;
const BATCHES = 96;

describe.runIf(hasRealPostgres)(`${CLAIMERS} claimers on two servers and a real Postgres`, () => {
  let postgres: TestPostgres;
  let database: OpenDatabase;

  beforeAll(async () => {
    postgres = await startRealPostgres();
    database = await openTestDatabase({ kind: "postgres", url: await postgres.createDatabase() });
  });
  afterAll(async () => {
    await database.close();
    await postgres.stop();
  });

  test("each batch is given once and proven once", async () => {
    const server = await startTestServer(database);
    const other = await serveProverApi(
      { port: 0, blobs: { kind: "postgres" }, attestation: { allowSimulation: true } },
      // Servers on one database share one clock.
      { log: silent, clock: processClock(server.now), now: server.now },
      { db: database.db, close: async () => {} },
    );
    const urls = [server.url, other.url];
    for (let number = 1; number <= BATCHES; number++) {
      await server.api.submitBatch(makeBatch(number));
    }
    const given: number[] = [];
    let empty = 0;
    const claimer = async (index: number) => {
      const prover = makeProver(`claimer ${index}`);
      await server.register(prover);
      const post = (path: string, body: unknown) =>
        fetchAnswer(`${urls[index % 2]}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      for (let time = 0; ; time++) {
        const lease = Buffer.from(`claimer ${index} ${time}`.padEnd(16))
          .toString("hex")
          .slice(0, 32);
        const body = { tee_type: "simulation", pubkey: prover.pubkey, lease };
        const answer = await post("/tee/proof_inputs", body);
        if (answer.status === 204) {
          // Sent away for good only when everything is given out.
          if (given.length < BATCHES) empty++;
          return;
        }
        const job: Job = answer.json.Z1;
        given.push(job.batch_number);
        const path = `/tee/submit_proofs/${job.batch_number}`;
        expect((await post(path, submissionOf(prover, job))).status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: CLAIMERS }, (_, index) => claimer(index)));
    expect([...given].sort((a, b) => a - b)).toEqual(
      Array.from({ length: BATCHES }, (_, index) => index + 1),
    );
    // A claimer may see nothing only while the last ones are being given to the others.
    expect(empty).toBeLessThan(CLAIMERS);
    const { jobs } = (await server.get("/tee/jobs")).json;
    expect(new Set(jobs.map((row: { status: string }) => row.status))).toEqual(
      new Set(["generated"]),
    );
    await other.close();
    await server.close();
  });
});
