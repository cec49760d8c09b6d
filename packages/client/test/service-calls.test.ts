// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { codeHash } from "@zeta/app/sandbox/load-program";
import { toHex } from "@zeta/protocol/hex";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { type RunningService, startService } from "@zeta/service/serve";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../src/connect.ts";
import type { Fetch } from "../src/http/transport.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import type { ZetaClient } from "../src/zeta-client.ts";
import ledger from "./fixtures/ledger.ts";

let running: RunningService;
let serviceCode: string;
let code: string;
let client: ZetaClient;

beforeAll(async () => {
  code = await bundleService(fileURLToPath(new URL("./fixtures/ledger.ts", import.meta.url)));
  serviceCode = toHex(codeHash(code));
  running = await startService({ port: 0, epochMs: 20, serviceCode: code, processMetrics: false });
  client = await connect(running.url, { trust: { simulation: true, serviceCode } });
});

afterAll(async () => {
  client?.close();
  await running?.close();
});

const mark = Uint8Array.of(1, 255);

async function post(path: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${running.url}${path}`, init);
  return { status: response.status, json: await response.json() };
}

describe("a typed client of a service in TypeScript", () => {
  test("hears answers, and has them certified", async () => {
    const bank = client.service(ledger);
    const first = await bank.deposit({ id: 1, amount: 40, mark });
    expect(first.result).toEqual({ balance: 40, mark });
    await bank.deposit({ id: 2, amount: 2, mark: new Uint8Array(0) });
    const moved = await bank.transfer({ from: 1, to: 2, amount: 15 });
    expect(moved.result.left).toBe(25);
    const proof = await moved.certified();
    expect(proof.report()).toContain('transfer {"from":1,"to":2,"amount":15}');
    expect(proof.report()).toContain('told         {"left":25}');
    const verdict = await verifyEvidence(JSON.parse(JSON.stringify(proof.evidence())), {
      simulation: true,
      serviceCode,
    });
    expect(verdict.verdict).toBe("certified");
  });

  test("hears why a call did not happen, by its code", async () => {
    const bank = client.service(ledger);
    const refused = (check: string) => expect.objectContaining({ code: "service_error", check });
    await expect(bank.transfer({ from: 1, to: 99, amount: 1 })).rejects.toEqual(
      refused("no_such_account"),
    );
    await expect(bank.transfer({ from: 1, to: 1, amount: 1 })).rejects.toEqual(
      refused("duplicate_record"),
    );
    await expect(bank.spin({ id: 1 })).rejects.toEqual(refused("fuel_exhausted"));
    await expect(bank.deposit({ id: 1, amount: 0, mark })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await bank.deposit({ id: 1, amount: 1, mark })).result.balance).toBe(26);
  });

  test("runs a workflow, whose answer is certified as one", async () => {
    const bank = client.service(ledger);
    const base = 1000;
    for (let i = 0; i < 50; i++) await bank.deposit({ id: i === 0 ? 0 : i, amount: base, mark });
    const total = await bank.total({ count: 50 });
    expect(total.result.sum).toBe(50 * base + 40 + 2 + 1);
    expect((await total.certified()).report()).toContain("total.finish");
    await expect(bank.total({ count: 51 })).rejects.toMatchObject({ check: "no_such_account" });
  });

  test("catches a host that tells another result, another state, or another service", async () => {
    const changing = (change: (answer: Record<string, unknown>) => void): Fetch => {
      return async (url, init) => {
        const response = await fetch(url, init);
        if (!url.includes("/v1/ops/")) return response;
        const answer = (await response.json()) as Record<string, unknown>;
        change(answer);
        return Response.json(answer);
      };
    };
    const lie = async (change: (answer: Record<string, unknown>) => void) => {
      const trust = { simulation: true, serviceCode };
      const victim = await connect(running.url, { trust, fetch: changing(change) });
      const total = await victim.service(ledger).total({ count: 3 });
      return total.certified().finally(() => victim.close());
    };
    await expect(
      lie((answer) => Object.assign(answer, { result: { sum: 1 } })),
    ).rejects.toMatchObject({ code: "answer_mismatch" });
    await expect(
      lie((answer) => Object.assign(answer, { state: { next: 0, sum: 0 } })),
    ).rejects.toMatchObject({ code: "answer_mismatch" });
    const other = { simulation: true, serviceCode: toHex(codeHash(`${code} `)) };
    await expect(connect(running.url, { trust: other })).rejects.toMatchObject({
      code: "attestation_rejected",
    });
    await expect(connect(running.url, { trust: { simulation: true } })).rejects.toMatchObject({
      code: "attestation_rejected",
    });
  });
});

describe("the HTTP face of a service in TypeScript", () => {
  test("lists its operations and workflows in OpenAPI, with their schemas", async () => {
    const document = (await (await fetch(`${running.url}/openapi.json`)).json()) as {
      info: { title: string };
      paths: Record<string, { post?: { requestBody?: unknown } }>;
    };
    expect(document.info.title).toBe("Zeta service ledger");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/v1/ops/deposit", "/v1/ops/transfer", "/v1/ops/total", "/v1/ops"]),
    );
    const body = JSON.stringify(document.paths["/v1/ops/transfer"]?.post?.requestBody);
    expect(body).toContain('"minimum":1');
    expect(document.paths["/v1/kv/{key}"]).toBeUndefined();
  });

  test("says what runs, and its hash", async () => {
    const said = (await (await fetch(`${running.url}/v1/service`)).json()) as Record<
      string,
      string
    >;
    expect(said).toMatchObject({ name: "ledger", version: "1", codeHash: serviceCode, code });
    expect(said.measurement).not.toBe(MONITOR_MEASUREMENTS.bytes);
  });

  test("refuses with codes", async () => {
    const cases = [
      ["/v1/ops/transfer", { from: 1 }, 400, "invalid_argument"],
      ["/v1/ops/transfer", { from: 1, to: 2, amount: 1, more: 1 }, 400, "invalid_argument"],
      ["/v1/ops/transfer", { from: 1, to: 999, amount: 1 }, 422, "no_such_account"],
      ["/v1/ops/nothing", {}, 400, "unknown_operation"],
      ["/v1/ops/total.step", {}, 400, "unknown_operation"],
      ["/v1/ops/spin", { id: 1 }, 422, "fuel_exhausted"],
      ["/v1/ops/total", { count: 1e6 }, 422, "no_such_account"],
      ["/v1/ops", { operations: [] }, 400, "invalid_request"],
    ] as const;
    for (const [path, body, status, problem] of cases) {
      const answer = await post(path, body);
      expect([path, answer.status, answer.json]).toEqual([
        path,
        status,
        expect.objectContaining({ code: problem }),
      ]);
    }
  });

  test("runs a batch, in which one refused call does not end the others", async () => {
    const operations = [
      { operation: "deposit", arguments: { id: 700, amount: 5, mark: "00ff" } },
      { operation: "transfer", arguments: { from: 700, to: 701, amount: 5 } },
      { operation: "total.begin", arguments: {} },
      { operation: "deposit", arguments: { id: 700, amount: 1, mark: "" } },
    ];
    const { json } = await post("/v1/ops", { operations });
    expect(json).toMatchObject({
      results: [
        { result: { balance: 5, mark: "00ff" } },
        { problem: { code: "no_such_account" } },
        { problem: { code: "unknown_operation" } },
        { result: { balance: 6, mark: "" } },
      ],
    });
  });
});
