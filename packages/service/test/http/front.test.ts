// SPDX-License-Identifier: Apache-2.0
import type { HTTPMethods } from "fastify";
import { describe, expect, test } from "vitest";
import { getCall, putCall } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import { attestedKey } from "../support/verify.ts";

const start = useServices();

describe("paths and methods", () => {
  test("a path that is not served is a problem", async () => {
    const { app } = start();
    for (const url of ["/", "/v1", "/v1/kv", "/v2/kv/a", "/v1/epochs", "/healthz/"]) {
      expect([url, ...problem(await app.inject({ url }))]).toEqual([url, 404, "unknown_path"]);
    }
    const post = { method: "POST", url: "/nowhere", payload: "x" } as const;
    expect(problem(await app.inject(post))).toEqual([404, "unknown_path"]);
  });

  const wrong: readonly [HTTPMethods, string, string][] = [
    ["POST", "/v1/kv/a", "DELETE, GET, HEAD, OPTIONS, PUT"],
    ["PATCH", "/v1/kv/a", "DELETE, GET, HEAD, OPTIONS, PUT"],
    ["GET", "/v1/ops", "OPTIONS, POST"],
    ["PUT", "/v1/ops/get", "OPTIONS, POST"],
    ["DELETE", "/v1/epochs/latest", "GET, HEAD, OPTIONS"],
    ["POST", "/v1/epochs/3/certificate", "GET, HEAD, OPTIONS"],
    ["PUT", "/v1/receipts", "OPTIONS, POST"],
    ["GET", "/v1/attacks/tamper", "OPTIONS, POST"],
    ["POST", "/v1/attacks", "GET, HEAD, OPTIONS"],
    ["POST", "/healthz", "GET, HEAD, OPTIONS"],
  ];

  test.each(wrong)("%s %s is told what is allowed", async (method, url, allow) => {
    const { app } = start();
    const payload = method === "GET" ? {} : { payload: "body of any kind" };
    const response = await app.inject({ method, url, ...payload });
    expect(problem(response)).toEqual([405, "method_not_allowed"]);
    expect(response.headers.allow).toBe(allow);
    const options = await app.inject({ method: "OPTIONS", url });
    expect([options.statusCode, options.headers.allow, options.body]).toEqual([204, allow, ""]);
  });

  test("a path that is not UTF-8 is a problem, not an error", async () => {
    const { app } = start();
    expect(problem(await app.inject({ url: "/v1/%ff" }))).toEqual([400, "invalid_request"]);
    const long = `/v1/receipts/${"a".repeat(3000)}`;
    expect(problem(await app.inject({ url: long }))[0]).toBeLessThan(500);
  });

  test("a service that stops says so", async () => {
    const { app, engine } = start();
    await engine.close(1000);
    const response = await app.inject({ url: "/v1/kv/a" });
    expect(problem(response)).toEqual([503, "shutting_down"]);
    expect(response.headers["retry-after"]).toBe("1");
    const ready = await app.inject({ url: "/readyz" });
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: "shutting_down" }]);
  });
});

describe("what operators and clients look at first", () => {
  test("health and readiness", async () => {
    const { app } = start();
    expect((await app.inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
    expect((await app.inject({ url: "/readyz" })).json()).toEqual({ status: "ready" });
  });

  test("the attestation document can be verified", async () => {
    const { app } = start();
    expect(await attestedKey(app)).toHaveLength(33);
  });

  test("metrics count what happened", async () => {
    const { app, engine, clock } = start();
    await engine.execute([putCall("a", "1"), getCall("a"), getCall("b")]);
    const closed = engine.closeEpoch();
    clock.advance(30);
    await closed;
    await app.inject({ url: "/v1/kv/a" });
    const response = await app.inject({ url: "/metrics" });
    expect(response.headers["content-type"]).toContain("text/plain");
    const { body } = response;
    for (const line of [
      'zeta_operations_total{operation="get"} 3',
      'zeta_operations_total{operation="put"} 1',
      "zeta_epoch_current 1",
      "zeta_epoch_certified 0",
      "zeta_certification_seconds_count 1",
      "zeta_certification_seconds_sum 0.03",
      'zeta_certification_seconds_bucket{le="0.025"} 0',
      "zeta_violations_total 0",
      'zeta_http_request_duration_seconds_count{method="GET",route="/v1/kv/:key",status="200"} 1',
    ]) {
      expect(body.split("\n")).toContain(line);
    }
    expect(body).toMatch(/^zeta_log_bytes_total [1-9]/m);
    const records = [...body.matchAll(/^zeta_records\{place="\w+"\} (\d+)$/gm)];
    expect(records.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2);
  });

  test("metrics of what has not happened yet are there from the first scrape on", async () => {
    const { app } = start();
    const { body } = await app.inject({ url: "/metrics" });
    for (const line of [
      'zeta_operations_total{operation="get"} 0',
      'zeta_operations_total{operation="put"} 0',
      'zeta_operations_total{operation="delete"} 0',
      'zeta_operations_total{operation="transact"} 0',
      "zeta_records_max 8388608",
    ]) {
      expect(body.split("\n")).toContain(line);
    }
  });

  test("the OpenAPI document names every path", async () => {
    const { app } = start();
    const document = (await app.inject({ url: "/openapi.json" })).json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).sort()).toEqual([
      "/healthz",
      "/metrics",
      "/readyz",
      "/v1/attacks",
      "/v1/attacks/{name}",
      "/v1/attestation",
      "/v1/epochs/latest",
      "/v1/epochs/stream",
      "/v1/epochs/{epoch}/certificate",
      "/v1/kv/{key}",
      "/v1/lineage",
      "/v1/ops",
      "/v1/ops/{operation}",
      "/v1/receipts",
      "/v1/receipts/{id}",
      "/v1/violations",
    ]);
    expect(Object.keys(document.paths["/v1/kv/{key}"]).sort()).toEqual(["delete", "get", "put"]);
  });

  test("the OpenAPI document says what goes in and comes out where that is no JSON", async () => {
    const { app } = start();
    const { paths } = (await app.inject({ url: "/openapi.json" })).json();
    const { put, get, delete: remove } = paths["/v1/kv/{key}"];
    expect(Object.keys(put.requestBody.content)).toEqual(["application/octet-stream"]);
    expect(Object.keys(put.responses)).toEqual(["201", "204", "4XX", "5XX"]);
    expect(put.responses["201"].content).toBeUndefined();
    expect(Object.keys(get.responses["200"].content)).toEqual(["application/octet-stream"]);
    expect(Object.keys(remove.responses)).toEqual(["204", "4XX", "5XX"]);
    for (const answer of [put.responses["201"], get.responses["200"], remove.responses["204"]]) {
      expect(Object.keys(answer.headers)).toEqual(["zeta-epoch", "zeta-receipt", "zeta-thread"]);
    }
    const typeOf = (path: string) => Object.keys(paths[path].get.responses["200"].content);
    expect(typeOf("/metrics")).toEqual(["text/plain"]);
    expect(typeOf("/v1/epochs/stream")).toEqual(["text/event-stream"]);
  });
});
