// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import type { EpochEvent } from "@zeta/protocol/http-api";
import { overwriteValue } from "@zeta/store/tampering";
import { describe, expect, test } from "vitest";
import { getCall } from "../support/calls.ts";
import { makeCold } from "../support/cold.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import type { TestService } from "../support/service.ts";
import { Skeptic } from "../support/skeptic.ts";

const start = useServices();

async function accused(): Promise<{ service: TestService; skeptic: Skeptic; receipt: string }> {
  const service = start({ allowAttacks: true });
  const skeptic = await Skeptic.connect(service);
  const { requestId } = await skeptic.put("a", "1");
  await service.engine.closeEpoch();
  await skeptic.attack("tamper", "a");
  await skeptic.get("a");
  await expect(service.engine.closeEpoch()).rejects.toMatchObject({ code: "monitor_failed" });
  return { service, skeptic, receipt: requestId };
}

describe("after a violation", () => {
  test("in the middle of a batch, everyone in it is told, and the service stands still", async () => {
    const faults: Error[] = [];
    const service = start({ onFault: (error) => faults.push(error) });
    const { engine, clock } = service;
    await makeCold(engine, "a");
    const { store } = engine.instance;
    overwriteValue(store, utf8("a"), utf8("forged"));
    // As if the log of each call were large and the epoch had much to migrate: both are looked at between calls.
    Object.defineProperty(store, "pendingBytes", { get: () => Number.POSITIVE_INFINITY });
    store.continueEpochClose = () => false;
    const closed = engine.closeEpoch();
    const jobs = [engine.execute([getCall("b")]), engine.execute([getCall("a"), getCall("c")])];
    const late = engine.execute([getCall("d")]);
    for (const job of [...jobs, late, closed]) {
      await expect(job).rejects.toMatchObject({ code: "monitor_failed" });
    }
    const { turns } = clock;
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(clock.turns).toBe(turns);
    expect(faults).toEqual([]);
  });

  test("every call is answered 503 with the signed statement, and nothing runs", async () => {
    const { service, skeptic } = await accused();
    const { app, engine } = service;
    const payload = { operations: [{ operation: "get", key: "" }] };
    const requests = [
      { method: "GET", url: "/v1/kv/a" },
      { method: "PUT", url: "/v1/kv/a", payload: "x" },
      { method: "DELETE", url: "/v1/kv/a" },
      { method: "POST", url: "/v1/ops", payload },
      { method: "POST", url: "/v1/ops/get", payload: { key: "" } },
    ] as const;
    const { calls } = engine.instance.store.statistics;
    for (const request of requests) {
      const response = await app.inject(request);
      expect(problem(response)).toEqual([503, "monitor_failed"]);
      expect(skeptic.checkOf(response.json().violation)).toBe("A.hash");
    }
    expect(engine.instance.store.statistics.calls).toBe(calls);
  });

  test("evidence is served, and nothing more is certified", async () => {
    const { service, receipt } = await accused();
    const { app, engine } = service;
    const paths = ["/v1/epochs/latest", "/v1/epochs/0/certificate", "/v1/attestation", "/healthz"];
    for (const url of [...paths, "/metrics", `/v1/receipts/${receipt}`]) {
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200]);
    }
    expect((await app.inject({ url: "/v1/epochs/latest" })).json().certified).toBe(0);
    const ready = await app.inject({ url: "/readyz" });
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: "violation" }]);
    expect((await app.inject({ url: "/metrics" })).body).toContain("zeta_violations_total 1");
    await expect(engine.closeEpoch()).rejects.toMatchObject({ code: "monitor_failed" });
    const { body } = await app.inject({ url: "/v1/violations" });
    expect(JSON.parse(body).violations).toHaveLength(1);
  });

  test("the stream tells it once, to new readers as well", async () => {
    const { service } = await accused();
    const response = await service.app.inject({
      url: "/v1/epochs/stream?from=0",
      payloadAsStream: true,
    });
    let text = "";
    response.stream().on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
    expect(events.map(({ type }: EpochEvent) => type)).toEqual(["certificate", "violation"]);
  });

  test("a client that waits for its receipt is not kept waiting", async () => {
    const service = start({ allowAttacks: true });
    const skeptic = await Skeptic.connect(service);
    await skeptic.put("a", "1");
    await skeptic.attack("tamper", "a");
    const { requestId } = await skeptic.get("a");
    const waiting = service.app.inject({ url: `/v1/receipts/${requestId}?wait=30000` });
    while (service.clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    await expect(service.engine.closeEpoch()).rejects.toThrow();
    expect((await waiting).json().status).toBe("provisional");
  });
});
