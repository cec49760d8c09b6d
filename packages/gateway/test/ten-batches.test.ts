// SPDX-License-Identifier: Apache-2.0
/** The run by which the first gateway was shown, with batches of a real service: ten of them, stopped after the sixth, started again. */
import { fromHex } from "@zeta/protocol/hex";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../../prover-api/src/database/open-database.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
} from "../../prover-api/test/support/server.ts";
import type { SealedBatch } from "../../service/src/batches/sealed-batch.ts";
import { quoteJudge } from "../src/proofs/quote-judge.ts";
import { verifyProofs } from "../src/proofs/verify-proofs.ts";
import { createVerifier } from "../src/verify/create-verifier.ts";
import { startGateway, temporaryDirectory, until } from "./support/gateway.ts";
import { announced, sealedBatches, zetaVerifier } from "./support/zeta-batches.ts";

const policy = {
  judge: quoteJudge({
    policy: { allowSimulation: true, sgx: null, tdx: null, sevSnp: null, reportData: null },
    now: () => Date.UTC(2026, 10, 21),
  }),
  service: "kv",
  allowLegacy: false,
};

describe("batches of a real service", () => {
  const folder = temporaryDirectory();
  let batches: readonly SealedBatch[];
  let database: OpenDatabase;
  let server: TestServer;

  beforeAll(async () => {
    batches = await sealedBatches(10);
    database = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/db` });
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });
  beforeEach(async () => {
    server = await startTestServer(database);
  });
  afterEach(() => server.close());

  const statuses = async () => {
    const { jobs } = (await server.get("/tee/jobs")).json;
    return jobs.map((job: { batch_number: number; status: string }) => [
      job.batch_number,
      job.status,
    ]);
  };
  const generated = (numbers: readonly number[]) => numbers.map((number) => [number, "generated"]);
  const config = () => ({
    apiUrl: server.url,
    outboxDirectory: `${folder.path}/outbox`,
    shutdownSeconds: 0.5,
  });
  const range = () => ({ url: server.url, from: 1, to: 10, signal: AbortSignal.timeout(20_000) });

  test("ten, stopped after the sixth: the seventh is given back; started again: all proven, one chain", async () => {
    for (const batch of batches) await server.api.submitBatch(announced(batch));
    // The seventh takes longer than the gateway has to shut down.
    const first = startGateway(config(), zetaVerifier(folder.path, 7));
    await until(async () => (await server.job(6))?.status === "generated");
    expect(await first.stop()).toEqual({ proofs: 6, unacknowledged: 0 });
    const after = await statuses();
    expect(after.slice(0, 6)).toEqual(generated([1, 2, 3, 4, 5, 6]));
    // Nothing is left with the prover that has gone: the seventh, and what was fetched ahead, are free.
    expect(after[6]).toEqual([7, "unpicked"]);
    expect(after.filter(([, status]: [number, string]) => status === "picked_by_prover")).toEqual(
      [],
    );
    const report = await verifyProofs({ ...range(), policy });
    expect([report.chain, report.ok]).toEqual(["incomplete", false]);

    const verifier = createVerifier({});
    expect(verifier.measurement).toEqual(fromHex(MONITOR_MEASUREMENTS.bytes));
    const second = startGateway(config(), verifier);
    await until(async () => (await server.job(10))?.status === "generated");
    expect(await second.stop()).toEqual({ proofs: 4, unacknowledged: 0 });
    expect(await statuses()).toEqual(generated([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    const whole = await verifyProofs({ ...range(), policy });
    expect([whole.chain, whole.ok]).toEqual(["unbroken", true]);
    expect(whole.batches.every(({ simulated }) => simulated)).toBe(true);
    // The chain begins where every service begins, and ends where this one did.
    const [row] = (await server.get("/tee/proofs?from=1&to=1")).json.proofs;
    expect(fromHex(row.previous_root)).toEqual(rootHash(EMPTY_ROOT_VALUE));
    expect(fromHex(whole.batches[9]?.root ?? "")).toEqual(batches[9]?.header.root);
  });

  test("a changed batch is refused with the check that failed, told to the server, and the gateway goes on", async () => {
    const [one, two, three] = batches.map(announced);
    const data = Uint8Array.from(two!.data);
    // Inside the header: the claimed root; the server is told the same, so that only the monitor can find out.
    const forged = new Uint8Array(32).fill(9);
    const at = Buffer.from(data).indexOf(two!.root);
    data.set(forged, at);
    await server.api.submitBatch(one!);
    await server.api.submitBatch({ ...two!, data, root: forged });
    await server.api.submitBatch({ ...three!, previousRoot: forged });
    const gateway = startGateway(
      { ...config(), outboxDirectory: `${folder.path}/outbox-2` },
      createVerifier({}),
    );
    await until(async () => (await server.job(1))?.status === "generated");
    await until(async () => (await server.job(2))?.status === "failed");
    await until(async () => (await server.job(3))?.status === "failed");
    const bad = await server.job(2);
    expect(bad?.error).toMatch(/^rejected batch_root: expected root 0909/);
    // Batch 3 is honest, but not what the server says it is.
    expect((await server.job(3))?.error).toMatch(
      /^rejected batch\.facts: expected previous root 0909/,
    );
    expect(await gateway.stop()).toEqual({ proofs: 1, unacknowledged: 0 });
  });
});
