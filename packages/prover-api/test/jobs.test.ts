// SPDX-License-Identifier: Apache-2.0
/** The life of a job, on the embedded and on a real Postgres. */

import { toHex } from "@zeta/protocol/hex";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { leaseOf, makeBatch, makeProver, quoteFor, submissionOf } from "./support/prover.ts";
import { hasRealPostgres, startRealPostgres, type TestPostgres } from "./support/real-postgres.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
  temporaryDirectory,
} from "./support/server.ts";

const ada = makeProver("ada");
const bob = makeProver("bob");

const failure = (lease: string, kind = "rejected") => ({
  tee_type: "simulation",
  lease: leaseOf(lease),
  kind,
  check: "M.hash",
  error: "expected another hash",
});

describe.each(["embedded", ...(hasRealPostgres ? ["postgres"] : [])])("jobs on %s", (kind) => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let postgres: TestPostgres | null = null;
  let server: TestServer;

  beforeAll(async () => {
    if (kind === "postgres") postgres = await startRealPostgres();
    database = await openTestDatabase(
      postgres === null
        ? { kind: "embedded", directory: folder.path }
        : { kind: "postgres", url: await postgres.createDatabase() },
    );
  });
  afterAll(async () => {
    await database.close();
    await postgres?.stop();
    folder.remove();
  });
  afterEach(() => server.close());

  async function start(config = {}, batches = 3): Promise<void> {
    server = await startTestServer(database, config);
    await server.register(ada);
    await server.register(bob);
    for (let number = 1; number <= batches; number++) {
      await server.api.submitBatch(makeBatch(number));
    }
  }

  test("oldest first, each to one, then nothing", async () => {
    await start();
    const numbers = [];
    for (const lease of ["a", "b", "c"])
      numbers.push((await server.claim(ada, lease))?.batch_number);
    expect(numbers).toEqual([1, 2, 3]);
    expect(await server.claim(bob, "d")).toBeNull();
  });

  test("the same claim again gives the same job", async () => {
    await start();
    const first = await server.claim(ada, "a");
    expect(await server.claim(ada, "a")).toEqual(first);
    expect((await server.claim(bob, "b"))?.batch_number).toBe(2);
  });

  test("a proof is stored once, and the same proof again is fine", async () => {
    await start();
    const job = (await server.claim(ada, "a"))!;
    const body = submissionOf(ada, job);
    for (let time = 0; time < 2; time++) {
      const answer = await server.post("/tee/submit_proofs/1", body);
      expect([answer.status, answer.json]).toEqual([200, "Success"]);
    }
    const { proofs } = (await server.get("/tee/proofs?from=1")).json;
    expect(proofs).toHaveLength(1);
    expect(proofs[0]).toMatchObject({
      status: "generated",
      form: "zeta.v1",
      pubkey: ada.pubkey,
      signature: body.signature,
      attestation: ada.attestation,
      attestation_revoked: false,
    });
  });

  test("another proof of a proven batch is refused and changes nothing", async () => {
    await start();
    const job = (await server.claim(ada, "a"))!;
    await server.post("/tee/submit_proofs/1", submissionOf(ada, job));
    const answer = await server.post("/tee/submit_proofs/1", submissionOf(bob, job));
    expect([answer.status, answer.json.code]).toEqual([409, "already_proven"]);
    const { proofs } = (await server.get("/tee/proofs?from=1&to=1")).json;
    expect(proofs[0].pubkey).toBe(ada.pubkey);
  });

  test("a lease that ran out: another takes the job, the first one is stale", async () => {
    await start({ leaseSeconds: 60 });
    const job = (await server.claim(ada, "a"))!;
    server.advance(59_000);
    expect((await server.claim(bob, "b"))?.batch_number).toBe(2);
    server.advance(2_000);
    const again = (await server.claim(bob, "c"))!;
    expect([again.batch_number, again.attempt]).toEqual([1, 2]);
    const late = await server.post("/tee/submit_proofs/1", submissionOf(ada, job));
    expect([late.status, late.json.code]).toEqual([409, "stale_lease"]);
    expect(await server.job(1)).toMatchObject({ status: "picked_by_prover", expiries: 1 });
  });

  test("a lease that ran out but that nobody took over is still good", async () => {
    await start({ leaseSeconds: 60 }, 1);
    const job = (await server.claim(ada, "a"))!;
    server.advance(61_000);
    expect((await server.post("/tee/submit_proofs/1", submissionOf(ada, job))).status).toBe(200);
  });

  test("renewing keeps a job for longer than one lease", async () => {
    await start({ leaseSeconds: 60 }, 1);
    await server.claim(ada, "a");
    for (let minute = 0; minute < 5; minute++) {
      server.advance(50_000);
      const answer = await server.post("/tee/renew_lease", { lease: leaseOf("a") });
      expect([answer.status, answer.json]).toEqual([200, { lease_seconds: 60 }]);
      expect(await server.claim(bob, `b${minute}`)).toBeNull();
    }
  });

  test("a released job is there at once; releasing nothing is fine", async () => {
    await start({}, 1);
    await server.claim(ada, "a");
    for (const lease of ["a", "a", "never given"]) {
      const answer = await server.post("/tee/release_lease", { lease: leaseOf(lease) });
      expect([answer.status, answer.json]).toEqual([200, "Success"]);
    }
    expect(await server.job(1)).toMatchObject({ status: "unpicked", attempts: 0, expiries: 0 });
    expect((await server.post("/tee/renew_lease", { lease: leaseOf("a") })).status).toBe(409);
    expect((await server.claim(bob, "b"))?.batch_number).toBe(1);
  });

  test("a poison batch is tried again with growing waits, then ignored with its reason, and blocks nobody", async () => {
    await start({ attemptsMax: 3, retryInitialSeconds: 10, retryMaxSeconds: 15 });
    const waits = [10_000, 15_000];
    for (const [attempt, wait] of waits.entries()) {
      expect((await server.claim(ada, `a${attempt}`))?.batch_number).toBe(1);
      const answer = await server.post("/tee/submit_failure/1", failure(`a${attempt}`));
      expect(answer.json).toMatchObject({ status: "failed", attempts: attempt + 1 });
      server.advance(wait - 1);
      // The others go on meanwhile.
      const other = (await server.claim(bob, `b${attempt}`))!;
      expect(other.batch_number).toBe(attempt + 2);
      await server.post(`/tee/submit_proofs/${other.batch_number}`, submissionOf(bob, other));
      server.advance(1);
    }
    await server.claim(ada, "last");
    const answer = await server.post("/tee/submit_failure/1", failure("last"));
    expect(answer.json).toEqual({ status: "permanently_ignored", attempts: 3, retry_at: null });
    server.advance(3_600_000);
    expect(await server.claim(ada, "more")).toBeNull();
    const [row] = (await server.get("/tee/proofs?from=1&to=1")).json.proofs;
    expect(row).toMatchObject({
      status: "permanently_ignored",
      error: "rejected M.hash: expected another hash",
    });
  });

  test("an operator gives an ignored batch a new start", async () => {
    await start({ attemptsMax: 1 }, 1);
    await server.claim(ada, "a");
    await server.post("/tee/submit_failure/1", failure("a", "error"));
    expect(await server.claim(ada, "b")).toBeNull();
    const requeued = await server.post("/tee/requeue/1", { tee_type: "simulation" });
    expect([requeued.status, requeued.json]).toEqual([200, "Success"]);
    expect((await server.claim(ada, "b"))?.attempt).toBe(1);
  });

  test("a batch that its provers do not survive is ignored in the end", async () => {
    await start({ leaseSeconds: 10, expiriesMax: 3 }, 1);
    for (let time = 0; time < 3; time++) {
      expect((await server.claim(ada, `a${time}`))?.batch_number).toBe(1);
      server.advance(10_001);
    }
    expect(await server.claim(ada, "more")).toBeNull();
    expect(await server.job(1)).toMatchObject({
      status: "permanently_ignored",
      expiries: 3,
      error: "lease expired 3 times: its provers vanished",
    });
  });

  test("a failure report needs the lease", async () => {
    await start({}, 1);
    await server.claim(ada, "a");
    const answer = await server.post("/tee/submit_failure/1", failure("another"));
    expect([answer.status, answer.json.code]).toEqual([409, "stale_lease"]);
    expect(await server.job(1)).toMatchObject({ status: "picked_by_prover", attempts: 0 });
  });

  test("a failure report may say anything: what a database cannot hold is replaced", async () => {
    await start({}, 1);
    await server.claim(ada, "a");
    const report = { ...failure("a"), error: "a\0b \ud800 c" };
    expect((await server.post("/tee/submit_failure/1", report)).status).toBe(200);
    const { error } = (await server.job(1)) ?? {};
    expect(error).toBe("rejected M.hash: a\ufffdb \ufffd c");
  });

  test("registering again is fine, another quote is a conflict unless it is an additional one", async () => {
    await start();
    expect((await server.register(ada)).status).toBe(200);
    const body = {
      attestation: toHex(quoteFor(ada.publicKey, "another")),
      pubkey: ada.pubkey,
      tee_type: "simulation",
    };
    const refused = await server.post("/tee/register_attestation", body);
    expect([refused.status, refused.json.code]).toEqual([409, "attestation_conflict"]);
    const renewed = await server.post("/tee/register_attestation", { ...body, additional: true });
    expect([renewed.status, renewed.json]).toEqual([200, "Success"]);
  });

  test("a revoked key gets no work, hands nothing in and shows in its old proofs", async () => {
    await start();
    const [first, second] = [await server.claim(ada, "a"), await server.claim(ada, "b")];
    await server.post("/tee/submit_proofs/1", submissionOf(ada, first!));
    await server.post("/tee/revoke_attestation", { pubkey: ada.pubkey });
    const submitted = await server.post("/tee/submit_proofs/2", submissionOf(ada, second!));
    expect([submitted.status, submitted.json.code]).toEqual([409, "attestation_revoked"]);
    await expect(server.claim(ada, "c")).rejects.toThrow("409");
    expect((await server.register(ada)).json.code).toBe("attestation_revoked");
    const { proofs } = (await server.get("/tee/proofs?from=1&to=1")).json;
    expect(proofs[0]).toMatchObject({ status: "generated", attestation_revoked: true });
  });

  test("a waiting claim gets the batch that comes", async () => {
    await start({ pollSeconds: 30 }, 0);
    const waiting = server.claim(ada, "a", { prefer: "wait=20" });
    // The claim is on its way: whichever is first, the batch must not be missed.
    await server.api.submitBatch(makeBatch(1));
    expect((await waiting)?.batch_number).toBe(1);
  });

  test("a waiting claim whose lease was released meanwhile gets nothing and holds nothing", async () => {
    await start({ pollSeconds: 30 }, 0);
    const waiting = server.claim(ada, "a", { prefer: "wait=20" });
    await server.post("/tee/release_lease", { lease: leaseOf("a") });
    await server.api.submitBatch(makeBatch(1));
    expect(await waiting).toBeNull();
    expect((await server.claim(bob, "b"))?.batch_number).toBe(1);
  });

  test("a batch whose data is missing is skipped, tried later and given up in the end", async () => {
    await start({ batchIgnoredAfterHours: 1, retryInitialSeconds: 60 });
    await database.db.deleteFrom("batch_blobs").where("digest", "is not", null).execute();
    await server.api.submitBatch(makeBatch(4));
    expect((await server.claim(ada, "a"))?.batch_number).toBe(4);
    expect(await server.job(1)).toMatchObject({ status: "failed", error: "batch data is missing" });
    server.advance(3_700_000);
    // Batch 4's lease ran out meanwhile; the three others are now beyond hope.
    expect((await server.claim(ada, "b"))?.batch_number).toBe(4);
    expect(await server.job(1)).toMatchObject({ status: "permanently_ignored" });
  });
});
