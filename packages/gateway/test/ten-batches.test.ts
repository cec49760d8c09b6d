// SPDX-License-Identifier: Apache-2.0
/** The run by which the first gateway was shown: ten batches, stopped after the sixth, started again. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../../prover-api/src/database/open-database.ts";
import { makeBatch } from "../../prover-api/test/support/prover.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
} from "../../prover-api/test/support/server.ts";
import { quoteJudge } from "../src/proofs/quote-judge.ts";
import { verifyProofs } from "../src/proofs/verify-proofs.ts";
import {
  startGateway,
  temporaryDirectory,
  testVerifier,
  until,
  untilAborted,
} from "./support/gateway.ts";

const policy = {
  judge: quoteJudge({
    policy: { allowSimulation: true, sgx: null, tdx: null, sevSnp: null, reportData: null },
    now: () => Date.UTC(2026, 10, 21),
  }),
  service: "kv",
  allowLegacy: false,
};

describe("ten batches", () => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/db` });
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });
  beforeEach(async () => {
    server = await startTestServer(database);
    for (let number = 1; number <= 10; number++) await server.api.submitBatch(makeBatch(number));
  });
  afterEach(() => server.close());

  const statuses = async () => {
    const { jobs } = (await server.get("/tee/jobs")).json;
    return jobs.map((job: { batch_number: number; status: string }) => [
      job.batch_number,
      job.status,
    ]);
  };
  const config = () => ({
    apiUrl: server.url,
    outboxDirectory: `${folder.path}/outbox`,
    shutdownSeconds: 0.5,
  });
  const range = () => ({ url: server.url, from: 1, to: 10, signal: AbortSignal.timeout(20_000) });

  test("stopped after the sixth: the seventh is given back; started again: all proven, one chain", async () => {
    // The seventh takes longer than the gateway has to shut down.
    const slow = testVerifier(async (batch, signal) => {
      if (batch.facts?.number === 7) await untilAborted(signal);
    });
    const first = startGateway(config(), slow);
    await until(async () => slow.seen.includes(7) && (await server.job(6))?.status === "generated");
    const summary = await first.stop();
    expect(summary).toEqual({ proofs: 6, unacknowledged: 0 });
    expect(slow.seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const after = await statuses();
    expect(after.slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6].map((number) => [number, "generated"]));
    expect(after.slice(6)).toEqual(
      after.slice(6).map(([number]: [number]) => [number, "unpicked"]),
    );
    expect(after[6]?.[0]).toBe(7);
    const report = await verifyProofs({ ...range(), policy });
    expect([report.chain, report.ok]).toEqual(["incomplete", false]);
    expect(report.batches.map((batch) => batch.verdict)).toEqual([
      ...Array(6).fill("verified"),
      ...Array(4).fill("missing"),
    ]);

    const fast = testVerifier();
    const second = startGateway(config(), fast);
    await until(async () => (await server.job(10))?.status === "generated");
    expect(await second.stop()).toEqual({ proofs: 4, unacknowledged: 0 });
    expect(fast.seen).toEqual([7, 8, 9, 10]);
    expect(await statuses()).toEqual(
      Array.from({ length: 10 }, (_, index) => [index + 1, "generated"]),
    );
    const whole = await verifyProofs({ ...range(), policy });
    expect([whole.chain, whole.ok]).toEqual(["unbroken", true]);
  });
});
