// SPDX-License-Identifier: Apache-2.0
/** Gateway and server together: metrics, poison, the skeptic's verdicts, and the wire form of old peers on either side. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { json as readJson } from "node:stream/consumers";
import { toHex } from "@zeta/protocol/hex";
import type { ProofRow } from "@zeta/tee-api/answers";
import { verifyLegacyRoot } from "@zeta/tee-api/legacy-signature";
import { bytesOfLegacy } from "@zeta/tee-api/wire-bytes";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../../prover-api/src/database/open-database.ts";
import { makeBatch } from "../../prover-api/test/support/prover.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
} from "../../prover-api/test/support/server.ts";
import { quoteJudge } from "../src/proofs/quote-judge.ts";
import { verifyProof } from "../src/proofs/verify-proof.ts";
import { verifyProofs, watchProofs } from "../src/proofs/verify-proofs.ts";
import {
  rootOf,
  startGateway,
  temporaryDirectory,
  testVerifier,
  until,
} from "./support/gateway.ts";

const judge = (allowSimulation = true) =>
  quoteJudge({
    policy: { allowSimulation, sgx: null, tdx: null, sevSnp: null, reportData: null },
    now: () => Date.UTC(2026, 10, 21),
  });
const policy = { judge: judge(), service: "kv", allowLegacy: false };

describe("gateway and server", () => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let server: TestServer;
  let outboxes = 0;

  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/db` });
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });
  beforeEach(() => {
    outboxes++;
  });
  afterEach(() => server?.close());

  const config = () => ({
    apiUrl: server.url,
    outboxDirectory: `${folder.path}/outbox-${outboxes}`,
    shutdownSeconds: 1,
  });
  const isProven = (number: number) => async () =>
    (await server.job(number))?.status === "generated";
  const range = (from: number, to: number) => ({
    url: server.url,
    from,
    to,
    signal: AbortSignal.timeout(20_000),
  });

  test("metrics are served from the first start; a taken port is one clear error", async () => {
    server = await startTestServer(database);
    await server.api.submitBatch(makeBatch(1));
    const gateway = startGateway(config(), testVerifier());
    const { metricsUrl, teeType } = await gateway.started;
    await until(isProven(1));
    const text = await (await fetch(`${metricsUrl}/metrics`)).text();
    expect(text).toContain("zeta_gateway_attestation_registered 1");
    expect(text).toContain('zeta_gateway_verify_seconds_count{result="verified"} 1');
    expect([(await fetch(`${metricsUrl}/healthz`)).status, teeType]).toEqual([200, "simulation"]);
    expect((await fetch(`${metricsUrl}/other`)).status).toBe(404);
    const taken = { ...config(), metricsPort: Number(new URL(metricsUrl).port) };
    await expect(startGateway(taken, testVerifier()).done).rejects.toMatchObject({
      code: "address_in_use",
    });
    await gateway.stop();
  });

  test("a batch with a byte changed ends with its check, and the next ones are proven", async () => {
    server = await startTestServer(database, { attemptsMax: 1 });
    for (const number of [1, 2, 3]) {
      await server.api.submitBatch(makeBatch(number, number === 2 ? "batch 2 poison" : undefined));
    }
    const gateway = startGateway(config(), testVerifier());
    await until(isProven(3));
    await gateway.stop();
    expect(await server.job(2)).toMatchObject({
      status: "permanently_ignored",
      error: "rejected M.hash: expected another hash",
    });
    const report = await verifyProofs({ ...range(1, 4), policy });
    expect(report.batches.map(({ status, verdict }) => [status, verdict])).toEqual([
      ["generated", "verified"],
      ["permanently_ignored", "missing"],
      ["generated", "verified"],
      ["unknown", "missing"],
    ]);
    expect([report.chain, report.ok]).toEqual(["incomplete", false]);
  });

  test("a verifier that refuses without a word is heard all the same", async () => {
    server = await startTestServer(database, { attemptsMax: 1 });
    await server.api.submitBatch(makeBatch(1));
    const verify = async () => ({ verdict: "rejected", check: "M.hash", detail: "" }) as const;
    const gateway = startGateway(config(), { ...testVerifier(), verify });
    await until(async () => (await server.job(1))?.status === "permanently_ignored");
    await gateway.stop();
    expect((await server.job(1))?.error).toBe("rejected M.hash: no reason given");
  });

  test("a skeptic follows the proofs as they come", async () => {
    server = await startTestServer(database);
    await server.api.submitBatch(makeBatch(1));
    const gateway = startGateway(config(), testVerifier());
    const seen: [number, string, string][] = [];
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 10));
    for await (const batch of watchProofs({ ...range(1, 3), policy, pause })) {
      seen.push([batch.number, batch.verdict, batch.chain]);
      if (batch.number < 3) await server.api.submitBatch(makeBatch(batch.number + 1));
    }
    await gateway.stop();
    expect(seen).toEqual([1, 2, 3].map((number) => [number, "verified", "unbroken"]));
  });

  test("a skeptic sees through what a server changes", async () => {
    server = await startTestServer(database);
    await server.api.submitBatch(makeBatch(1));
    const gateway = startGateway(config(), testVerifier());
    await until(isProven(1));
    await gateway.stop();
    const [row] = (await server.get("/tee/proofs?from=1")).json.proofs as [ProofRow];
    expect((await verifyProof(row, policy)).root).toEqual(rootOf(1));
    const zeros = "00".repeat(32);
    const codes = async (changes: Partial<ProofRow>[], other = policy) => {
      const found = [];
      for (const change of changes) {
        found.push(
          await verifyProof({ ...row, ...change }, other).then(
            () => "verified",
            (error) => error.code,
          ),
        );
      }
      return found;
    };
    expect(
      await codes([
        { previous_root: zeros },
        { receipts_root: "11".repeat(32) },
        { digest: zeros },
        { batch_number: 2 },
        { service: "other" },
        { root: zeros, proof: zeros },
        { signature: "00".repeat(65) },
      ]),
    ).toEqual(Array(7).fill("signature_invalid"));
    expect(
      await codes([
        { proof: zeros },
        { signature: null },
        { attestation_revoked: true },
        { pubkey: `02${"11".repeat(32)}` },
        { form: "zksync" },
        { tee_type: "sgx" },
      ]),
    ).toEqual([
      "root_mismatch",
      "proof_incomplete",
      "attestation_revoked",
      "report_data_mismatch",
      "legacy_not_allowed",
      "tee_type_mismatch",
    ]);
    expect(await codes([{}], { ...policy, service: "mine" })).toEqual(["service_mismatch"]);
    expect(await codes([{}], { ...policy, judge: judge(false) })).toEqual([
      "SIMULATION_NOT_ALLOWED",
    ]);
    const quote = row.attestation ?? "";
    const bent = `${quote.slice(0, -2)}${quote.endsWith("00") ? "01" : "00"}`;
    expect(await codes([{ attestation: bent }, { attestation: "" }])).toEqual([
      "QUOTE_SIGNATURE_INVALID",
      expect.stringMatching(/^QUOTE_/),
    ]);
  });

  test("compat: our gateway against our server in the old form, hex and integers", async () => {
    for (const compat of ["zksync", "zksync-2024"] as const) {
      server = await startTestServer(database, { compat: "zksync" });
      for (const number of [1, 2]) await server.api.submitBatch(makeBatch(number));
      const gateway = startGateway({ ...config(), compat }, testVerifier());
      await until(isProven(2));
      await gateway.stop();
      const { proofs } = (await server.get("/tee/proofs?from=1")).json;
      expect(proofs.map((row: ProofRow) => [row.tee_type, row.form])).toEqual([
        ["sgx", "zksync"],
        ["sgx", "zksync"],
      ]);
      const strict = await verifyProofs({ ...range(1, 2), policy });
      expect(strict.batches[0]?.code).toBe("legacy_not_allowed");
      const lenient = await verifyProofs({
        ...range(1, 2),
        policy: { ...policy, allowLegacy: true },
      });
      // What was signed does not name the predecessor, so no chain follows from it.
      expect([lenient.batches[1]?.verdict, lenient.chain]).toEqual(["verified", "incomplete"]);
      await server.close();
    }
    server = await startTestServer(database);
  });
});

test("compat: a server of the first kind, `null` for nothing and integers for bytes", async () => {
  const folder = temporaryDirectory();
  const inputs = ["batch 1"];
  const seen: Record<string, Record<string, unknown>> = {};
  const old = http.createServer(async (request, response) => {
    const body = (await readJson(request)) as Record<string, unknown>;
    seen[request.url ?? ""] = body;
    const answer = request.url === "/tee/proof_inputs" ? (inputs.shift() ?? "null") : '"Success"';
    response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  const { port } = old.address() as AddressInfo;
  const gateway = startGateway(
    {
      apiUrl: `http://127.0.0.1:${port}`,
      outboxDirectory: folder.path,
      compat: "zksync-2024",
      shutdownSeconds: 1,
    },
    testVerifier(),
  );
  await until(() => "/tee/submit_proofs/1" in seen);
  const { publicKey } = await gateway.started;
  await until(() => inputs.length === 0);
  await gateway.stop();
  old.closeAllConnections();
  old.close();
  folder.remove();
  expect(seen["/tee/proof_inputs"]).toEqual({ tee_type: "sgx" });
  const { signature, proof, pubkey, tee_type } = seen["/tee/submit_proofs/1"] ?? {};
  expect([Array.isArray(signature), Array.isArray(proof), tee_type]).toEqual([true, true, "sgx"]);
  const bytes = (value: unknown) => bytesOfLegacy(value) as Uint8Array;
  expect(toHex(bytes(pubkey))).toBe(publicKey);
  expect(toHex(bytes(proof))).toBe(toHex(rootOf(1)));
  expect(verifyLegacyRoot(rootOf(1), bytes(signature), bytes(pubkey))).toBe(true);
});
