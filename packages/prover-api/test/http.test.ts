// SPDX-License-Identifier: Apache-2.0
/** What is wrong is answered with its own status and code, and nothing of it is stored. */
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import {
  ethereumAddressOf,
  gatewayReportData,
  reportDataV1,
  reportDataV2,
} from "@zeta/attestation/report-data";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { instanceIdOf } from "@zeta/protocol/instance";
import { signBody } from "@zeta/protocol/signature";
import type { Job } from "@zeta/tee-api/answers";
import { JSON_BODY_BYTES_MAX } from "@zeta/tee-api/limits";
import { ROUTES } from "@zeta/tee-api/routes";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { leaseOf, makeBatch, makeProver, quoteFor, submissionOf } from "./support/prover.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
  temporaryDirectory,
} from "./support/server.ts";

const ada = makeProver("ada");
const eve = makeProver("eve");

/** Report data that is not what a gateway's quote binds. */
const OTHER_REPORT_DATA = {
  "a quote for a service": reportDataV2({
    publicKey: eve.publicKey,
    instanceId: instanceIdOf(eve.publicKey),
    measurement: new Uint8Array(32),
    purpose: "service",
  }),
  "a quote that names the key without a purpose": reportDataV1(ethereumAddressOf(eve.publicKey)),
  "a quote with padding that is not zero": gatewayReportData(eve.publicKey).with(62, 1),
};

describe("the HTTP contract", () => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let server: TestServer;
  let job: Job;

  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded", directory: folder.path });
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });
  beforeEach(async () => {
    server = await startTestServer(database);
    await server.register(ada);
    for (let number = 1; number <= 2; number++) await server.api.submitBatch(makeBatch(number));
    job = (await server.claim(ada, "a"))!;
  });
  afterEach(() => server.close());

  const submit = (change: object, batch: number | string = 1) =>
    server.post(`/tee/submit_proofs/${batch}`, { ...submissionOf(ada, job), ...change });

  /** Nothing but the claimed job, and no key but Ada's. */
  async function expectNothingStored(): Promise<void> {
    const { jobs } = (await server.get("/tee/jobs")).json;
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatchObject({ batch_number: 1, status: "picked_by_prover", attempts: 0 });
    const keys = await database.db.selectFrom("tee_attestations").select("pubkey").execute();
    expect(keys.map((row) => toHex(row.pubkey))).toEqual([ada.pubkey]);
  }

  test.each<[string, number, string, () => Promise<{ status: number; json: { code: string } }>]>([
    ["syntax", 400, "invalid_json", () => server.post("/tee/proof_inputs", "{")],
    ["no body", 400, "invalid_json", () => server.post("/tee/proof_inputs", "")],
    ["a batch number in words", 400, "invalid_batch_number", () => submit({}, "one")],
    ["a negative batch number", 400, "invalid_batch_number", () => submit({}, "-1")],
    ["a batch number above u32", 400, "invalid_batch_number", () => submit({}, 2 ** 32)],
    ["a batch number with a leading zero", 400, "invalid_batch_number", () => submit({}, "01")],
    ["no such path", 404, "unknown_path", () => server.get("/tee/nothing")],
    ["no such batch", 404, "unknown_batch", () => submit({}, 99)],
    [
      "a batch nobody was given",
      404,
      "unknown_job",
      async () => {
        const other = { ...job, batch_number: 2, ...inputOf(2) };
        return server.post("/tee/submit_proofs/2", submissionOf(ada, other));
      },
    ],
    [
      "input of no such batch",
      404,
      "unknown_batch",
      () => server.get("/tee/proof_inputs_no_lock/99"),
    ],
    ["data of no such batch", 404, "unknown_batch", () => server.get("/tee/batch_data/99")],
    ["another method", 405, "method_not_allowed", () => server.get("/tee/proof_inputs")],
    ["another lease", 409, "stale_lease", () => submit({ lease: leaseOf("b") })],
    [
      "a key that is not registered",
      409,
      "unregistered_key",
      () => server.post("/tee/submit_proofs/1", submissionOf(eve, job)),
    ],
    [
      "a claim by an unregistered key",
      409,
      "unregistered_key",
      () =>
        server.post("/tee/proof_inputs", {
          tee_type: "simulation",
          pubkey: eve.pubkey,
          lease: leaseOf("e"),
        }),
    ],
    [
      "a body too large",
      413,
      "payload_too_large",
      () => server.post("/tee/proof_inputs", `"${"x".repeat(JSON_BODY_BYTES_MAX)}"`),
    ],
    [
      "another content type",
      415,
      "unsupported_media_type",
      () => server.post("/tee/proof_inputs", "{}", { "content-type": "text/plain" }),
    ],
    ["a member missing", 422, "invalid_request", () => submit({ lease: undefined })],
    ["a member too many", 422, "invalid_request", () => submit({ more: 1 })],
    ["a TEE type in capitals", 422, "invalid_request", () => submit({ tee_type: "Simulation" })],
    ["hex that is none", 422, "invalid_request", () => submit({ proof: "zz".repeat(32) })],
    ["a signature too short", 422, "invalid_request", () => submit({ signature: "00".repeat(64) })],
    ["another root", 422, "root_mismatch", () => submit({ proof: "00".repeat(32) })],
    [
      "a signature of nothing",
      422,
      "signature_invalid",
      () => submit({ signature: "00".repeat(65) }),
    ],
    [
      "a signature of the bare root",
      422,
      "signature_invalid",
      () => submit({ signature: toHex(signBody(Buffer.from(job.root, "hex"), ada.secretKey)) }),
    ],
    [
      "somebody else's signature",
      422,
      "signature_invalid",
      () => submit({ signature: submissionOf(eve, job).signature }),
    ],
    [
      "a quote that is none",
      422,
      "attestation_rejected",
      () =>
        server.post("/tee/register_attestation", {
          attestation: "00",
          pubkey: eve.pubkey,
          tee_type: "simulation",
        }),
    ],
    [
      "a quote over another key",
      422,
      "attestation_rejected",
      () =>
        server.post("/tee/register_attestation", {
          attestation: ada.attestation,
          pubkey: eve.pubkey,
          tee_type: "simulation",
        }),
    ],
    [
      "a quote of another TEE",
      422,
      "attestation_rejected",
      () =>
        server.post("/tee/register_attestation", {
          attestation: eve.attestation,
          pubkey: eve.pubkey,
          tee_type: "sgx",
        }),
    ],
    [
      "a key that is no point",
      422,
      "attestation_rejected",
      () =>
        server.post("/tee/register_attestation", {
          attestation: eve.attestation,
          pubkey: `02${"ff".repeat(32)}`,
          tee_type: "simulation",
        }),
    ],
    ["a query that is wrong", 422, "invalid_request", () => server.get("/tee/proofs?from=x")],
    [
      "a requeue of nothing",
      404,
      "unknown_job",
      () => server.post("/tee/requeue/2", { tee_type: "simulation" }),
    ],
    [
      "a revocation of nothing",
      409,
      "unregistered_key",
      () => server.post("/tee/revoke_attestation", { pubkey: eve.pubkey }),
    ],
  ])("%s: %i %s", async (_what, status, code, call) => {
    const answer = await call();
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json).toMatchObject({ status, type: `urn:zeta:tee:${code}` });
    await expectNothingStored();
  });

  test.each(Object.entries(OTHER_REPORT_DATA))("%s: refused", async (_what, reportData) => {
    const answer = await server.post("/tee/register_attestation", {
      attestation: toHex(quoteFor(eve.publicKey, "eve", reportData)),
      pubkey: eve.pubkey,
      tee_type: "simulation",
    });
    expect([answer.status, answer.json.code]).toEqual([422, "attestation_rejected"]);
    await expectNothingStored();
  });

  /** The wire form of the second batch. */
  function inputOf(number: number) {
    const batch = makeBatch(number);
    return {
      previous_root: toHex(batch.previousRoot),
      root: toHex(batch.root),
      digest: toHex(sha256(batch.data)),
    };
  }

  test("no content type at all: 415", async () => {
    const { port } = new URL(server.url);
    const status = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(
        "POST /tee/proof_inputs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}",
      );
      socket.once("data", (data) => {
        resolve(data.toString().slice(9, 12));
        socket.destroy();
      });
    });
    expect(status).toBe("415");
  });

  test("a database that is gone: 503, to be tried again", async () => {
    const broken = await openTestDatabase({ kind: "embedded", directory: `${folder.path}/gone` });
    const other = await startTestServer(broken);
    await broken.close();
    const answer = await other.post("/tee/proof_inputs", {
      tee_type: "simulation",
      pubkey: ada.pubkey,
      lease: leaseOf("a"),
    });
    expect([answer.status, answer.json.code]).toEqual([503, "store_unavailable"]);
    expect(answer.headers.get("retry-after")).toBe("1");
    await other.close();
  });

  test("operators' routes: with a token only, when there is one", async () => {
    const guarded = await startTestServer(database, { operatorToken: "a token of operators" });
    const body = { tee_type: "simulation" };
    const call = (headers = {}) => guarded.post("/tee/requeue/1", body, headers);
    const denied = await call();
    expect([denied.status, denied.json.code]).toEqual([403, "operator_only"]);
    expect((await call({ authorization: "Bearer a token of others!" })).status).toBe(403);
    expect((await call({ authorization: "Bearer a token of operators" })).status).toBe(404);
    await guarded.close();
  });

  test("a key may have several attestations only if it says so, and each must bind it", async () => {
    const answer = await server.post("/tee/register_attestation", {
      attestation: toHex(quoteFor(eve.publicKey, "x")),
      pubkey: ada.pubkey,
      tee_type: "simulation",
      additional: true,
    });
    expect([answer.status, answer.json.code]).toEqual([422, "attestation_rejected"]);
  });

  test("an attestation that is valid no longer: 409, and one that is registered anew serves again", async () => {
    const hourAgo = new Date(server.now() - 3_600_000);
    await database.db.updateTable("tee_attestations").set({ valid_until: hourAgo }).execute();
    const claim = { tee_type: "simulation", pubkey: ada.pubkey, lease: leaseOf("late") };
    for (const answer of [await server.post("/tee/proof_inputs", claim), await submit({})]) {
      expect([answer.status, answer.json.code]).toEqual([409, "attestation_expired"]);
    }
    expect((await server.register(ada)).status).toBe(200);
    expect((await submit({})).status).toBe(200);
  });

  test("the data of a batch that is gone: 404 with its own code", async () => {
    await database.db.deleteFrom("batch_blobs").where("digest", "is not", null).execute();
    const gone = await server.get("/tee/batch_data/1");
    expect([gone.status, gone.json.code]).toEqual([404, "batch_data_missing"]);
    const unknown = await server.get("/tee/batch_data/9");
    expect([unknown.status, unknown.json.code]).toEqual([404, "unknown_batch"]);
  });

  test("a server that stops: 503 on a connection that was open before", async () => {
    const other = await startTestServer(database);
    const { port } = new URL(other.url);
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    // The head of a request that is under way keeps the connection open while the server closes.
    socket.write("GET /tee/jobs HTTP/1.1\r\nhost: localhost\r\n");
    const answered = once(socket, "data");
    // The server is in this process: it reads within a few turns of the event loop.
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    const closed = other.close();
    socket.write("\r\n");
    const [data] = await answered;
    expect(data.toString()).toMatch(/^HTTP\/1.1 503 .*"code":"shutting_down"/s);
    socket.destroy();
    await closed;
  });

  test("the data of a batch, its range, and its input without a lease", async () => {
    const data = await server.get("/tee/batch_data/1");
    expect([data.status, data.text]).toEqual([200, "batch 1"]);
    expect(data.headers.get("etag")).toBe(`"${job.digest}"`);
    expect((await server.get("/tee/present_batches")).json).toEqual({
      oldest_batch: 1,
      latest_batch: 2,
    });
    const { Z1 } = (await server.get("/tee/proof_inputs_no_lock/1")).json;
    expect(Z1).toEqual({
      batch_number: 1,
      service: "kv",
      previous_root: job.previous_root,
      root: job.root,
      receipts_root: "00".repeat(32),
      digest: job.digest,
      bytes: 7,
    });
  });

  test("batches must come in order, fit to each other, and keep their content", async () => {
    const code = (change: object) =>
      server.api.submitBatch({ ...makeBatch(3), ...change }).then(
        () => "taken",
        (error) => error.code,
      );
    expect(await code({ number: 0 })).toBe("batch_out_of_order");
    expect(await code({ previousRoot: new Uint8Array(32) })).toBe("batch_chain_broken");
    expect(await code({ service: "other" })).toBe("batch_invalid");
    expect(await code({ root: new Uint8Array(31) })).toBe("batch_invalid");
    expect(await code({ data: new Uint8Array(0) })).toBe("batch_invalid");
    expect(await code({ number: 2 ** 32 })).toBe("batch_invalid");
    expect(await code({})).toBe("taken");
    expect(await code({})).toBe("taken");
    expect(await code({ data: new Uint8Array(9) })).toBe("batch_conflict");
  });

  test("pages of proofs hold whole batches", async () => {
    const pages = [];
    await server.claim(ada, "b");
    for (let next: number | null = 0; next !== null; ) {
      const page: { proofs: { batch_number: number }[]; next: number | null } = (
        await server.get(`/tee/proofs?from=${next}&limit=1`)
      ).json;
      pages.push(page.proofs.map((row) => row.batch_number));
      next = page.next;
    }
    expect(pages).toEqual([[1], [2]]);
  });

  test("OpenAPI names every route with its schemas", async () => {
    const { json } = await server.get("/openapi.json");
    for (const [name, route] of Object.entries(ROUTES)) {
      const path = route.path.replace(":batch", "{batch}");
      const operation = json.paths[path]?.[route.method.toLowerCase()];
      expect([name, operation?.operationId]).toEqual([name, name]);
      if ("body" in route) {
        const { schema } = operation.requestBody.content["application/json"];
        expect(Object.keys(schema.properties)).toEqual(Object.keys(route.body.properties));
        expect([schema.required, schema.additionalProperties]).toEqual([
          route.body.required,
          false,
        ]);
      }
    }
  });

  test("metrics are served and count", async () => {
    await submit({});
    await submit({ proof: "00".repeat(32) });
    const { text } = await server.get("/metrics");
    expect(text).toContain('zeta_prover_api_jobs{tee_type="simulation",status="generated"} 1');
    expect(text).toContain('zeta_prover_api_jobs{tee_type="simulation",status="failed"} 0');
    expect(text).toContain("zeta_prover_api_batches 2");
    expect(text).toContain('zeta_prover_api_proofs_total{tee_type="simulation"} 1');
    expect(text).toContain('zeta_prover_api_refusals_total{code="root_mismatch"} 1');
    expect(text).toContain(
      'zeta_prover_api_proof_roundtrip_seconds_count{tee_type="simulation"} 1',
    );
  });
});
