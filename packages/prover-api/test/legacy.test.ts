// SPDX-License-Identifier: Apache-2.0
/** `compat: zksync`: a prover of the zkSync TEE interface on the other side, in both of its byte forms. */
import { ethereumAddressOf, reportDataV0, reportDataV1 } from "@zeta/attestation/report-data";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { publicKeyOf } from "@zeta/protocol/signature";
import { signLegacyRoot } from "@zeta/tee-api/legacy-signature";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { MEASUREMENT, makeBatch, makeProver, rootOf } from "./support/prover.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
  temporaryDirectory,
} from "./support/server.ts";

/** Key, address and root of zkSync's own test. */
const SECRET = fromHex("c87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3");
const ADDRESS = "627306090abab3a6e1400e9345bc60c78a8bef57";
const KEY = publicKeyOf(SECRET);

const quoteOver = (reportData: Uint8Array) =>
  produceSimulationQuote({ measurement: MEASUREMENT, reportData });
const INPUT = '{"V1":{"vm_run_data":{"l1_batch_number":1}}}';

describe("a prover of the zkSync interface", () => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded", directory: folder.path });
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });
  beforeEach(async () => {
    server = await startTestServer(database, { compat: "zksync", leaseSeconds: 60 });
    await server.api.submitBatch(makeBatch(1, INPUT));
  });
  afterEach(() => server.close());

  const forms = [
    ["hex", (bytes: Uint8Array) => toHex(bytes)],
    ["upper-case hex", (bytes: Uint8Array) => toHex(bytes).toUpperCase()],
    ["integers", (bytes: Uint8Array) => [...bytes]],
  ] as const;

  test("report data V1 is the known address, zeros and 01", () => {
    expect(toHex(reportDataV1(ethereumAddressOf(KEY)))).toBe(`${ADDRESS}${"00".repeat(43)}01`);
  });

  test.each(
    forms.flatMap(([form, write]) => [[form, 65, write] as const, [form, 64, write] as const]),
  )("bytes as %s, signatures of %i bytes: register, get, submit", async (_form, length, write) => {
    const attestation = write(quoteOver(reportDataV1(ethereumAddressOf(KEY))));
    const registered = await server.post("/tee/register_attestation", {
      attestation,
      pubkey: write(KEY),
    });
    expect([registered.status, registered.text]).toEqual([200, '"Success"']);
    const input = await server.post("/tee/proof_inputs", { tee_type: "sgx" });
    expect([input.status, input.text]).toEqual([200, INPUT]);
    expect(input.headers.get("content-type")).toContain("application/json");
    const none = await server.post("/tee/proof_inputs", { tee_type: "sgx" });
    expect([none.status, none.text]).toEqual([204, ""]);
    const body = {
      signature: write(signLegacyRoot(rootOf(1), SECRET).subarray(0, length)),
      pubkey: write(KEY),
      proof: write(rootOf(1)),
      tee_type: "sgx",
    };
    for (let time = 0; time < 2; time++) {
      const submitted = await server.post("/tee/submit_proofs/1", body);
      expect([submitted.status, submitted.text]).toEqual([200, '"Success"']);
    }
    const rpc = await server.post("/", {
      jsonrpc: "2.0",
      id: 1,
      method: "unstable_getTeeProofs",
      params: [1, "sgx"],
    });
    expect(rpc.json.result).toHaveLength(1);
    expect(rpc.json.result[0]).toMatchObject({
      l1BatchNumber: 1,
      teeType: "sgx",
      pubkey: toHex(KEY),
      proof: toHex(rootOf(1)),
      status: "generated",
    });
  });

  test("report data V0: the key itself", async () => {
    const body = { attestation: toHex(quoteOver(reportDataV0(KEY))), pubkey: toHex(KEY) };
    expect((await server.post("/tee/register_attestation", body)).status).toBe(200);
  });

  test("a lease that is over is given out again, without a word from the first prover", async () => {
    const claim = () => server.post("/tee/proof_inputs", { tee_type: "tdx" });
    expect((await claim()).status).toBe(200);
    expect((await claim()).status).toBe(204);
    server.advance(60_001);
    expect((await claim()).status).toBe(200);
  });

  test("TEE type none looks, and blocks nobody", async () => {
    for (let time = 0; time < 3; time++) {
      const answer = await server.post("/tee/proof_inputs", { tee_type: "none" });
      expect([answer.status, answer.text]).toEqual([200, INPUT]);
    }
    expect((await server.get("/tee/jobs")).json.jobs).toEqual([]);
  });

  test("refusals are plain text with their status; what is permanent does not look passing", async () => {
    const submit = (change: object) =>
      server.post("/tee/submit_proofs/1", {
        signature: toHex(signLegacyRoot(rootOf(1), SECRET)),
        pubkey: toHex(KEY),
        proof: toHex(rootOf(1)),
        tee_type: "sgx",
        ...change,
      });
    const unregistered = await submit({});
    expect([unregistered.status, unregistered.headers.get("content-type")]).toEqual([
      409,
      "text/plain",
    ]);
    await server.post("/tee/register_attestation", {
      attestation: toHex(quoteOver(reportDataV0(KEY))),
      pubkey: toHex(KEY),
    });
    expect((await submit({})).text).toContain("unknown_job");
    await server.post("/tee/proof_inputs", { tee_type: "sgx" });
    expect((await submit({ proof: toHex(rootOf(2)) })).text).toContain("root_mismatch");
    expect((await submit({ signature: "00".repeat(63) })).status).toBe(422);
    expect((await submit({ signature: "00".repeat(65) })).text).toContain("signature_invalid");
    const capitals = await server.post("/tee/proof_inputs", { tee_type: "Sgx" });
    expect(capitals.status).toBe(422);
    expect((await server.post("/tee/proof_inputs", {})).status).toBe(422);
  });

  test("our own gateways are served beside", async () => {
    const ada = makeProver("ada");
    expect((await server.register(ada)).status).toBe(200);
    expect((await server.claim(ada, "a"))?.batch_number).toBe(1);
  });

  test("without compat, their bodies are refused", async () => {
    const strict = await startTestServer(database);
    expect((await strict.post("/tee/proof_inputs", { tee_type: "sgx" })).status).toBe(422);
    await strict.close();
  });
});
