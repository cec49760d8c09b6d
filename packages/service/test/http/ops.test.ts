// SPDX-License-Identifier: Apache-2.0
import type { BatchAnswer, OperationRequest } from "@zeta/protocol/http-api";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import type { App } from "../../src/http/app-type.ts";
import { BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX } from "../../src/limits.ts";
import { freshId } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";

const start = useServices();

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function post(app: App, body: unknown, url = "/v1/ops") {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  return app.inject({
    method: "POST",
    url,
    payload,
    headers: { "content-type": "application/json" },
  });
}

const batch = (...operations: unknown[]) => ({ operations });
const put = (key: string, value: string) => ({ operation: "put", encoding: "utf8", key, value });
const get = (key: string) => ({ operation: "get", encoding: "utf8", key });

describe("POST /v1/ops", () => {
  test("executes in order and answers in order, each with its own receipt", async () => {
    const { app } = start();
    const id = freshId();
    const operations: OperationRequest[] = [
      { operation: "get", key: base64("a") },
      { operation: "put", key: base64("a"), value: base64("1"), requestId: id },
      { operation: "get", encoding: "utf8", key: "a" },
      { operation: "delete", encoding: "utf8", key: "a" },
      { operation: "delete", encoding: "utf8", key: "a" },
    ];
    const { results } = (await post(app, { operations })).json<BatchAnswer>();
    const told = results.map(({ result }) => Buffer.from(result, "base64").toString("latin1"));
    expect(told).toEqual(["\0", "\0", "\u00011", "\u0001", "\0"]);
    expect(results[1]!.requestId).toBe(id);
    expect(new Set(results.map(({ requestId }) => requestId)).size).toBe(5);
    for (const { epoch, thread } of results) expect([epoch, thread]).toEqual([0, 0]);
  });

  const refused: readonly [string, unknown, number, string][] = [
    ["no object", [], 400, "invalid_request"],
    ["null", null, 400, "invalid_request"],
    ["no operations", {}, 400, "invalid_request"],
    ["another member", { operations: [get("a")], extra: 1 }, 400, "invalid_request"],
    ["none", batch(), 400, "invalid_request"],
    ["a number as operation", batch(put("a", "2"), 7), 400, "invalid_request"],
    [
      "unknown operation",
      batch(put("a", "2"), { ...get("a"), operation: "x" }),
      400,
      "unknown_operation",
    ],
    [
      "operation of the prototype",
      batch({ ...get("a"), operation: "toString" }),
      400,
      "unknown_operation",
    ],
    ["unknown member", batch({ ...get("a"), ttl: 1 }), 400, "invalid_request"],
    [
      "prototype member",
      '{"operations":[{"operation":"get","key":"","__proto__":{}}]}',
      400,
      "invalid_request",
    ],
    ["value of a get", batch({ ...get("a"), value: "" }), 400, "invalid_request"],
    ["put without value", batch({ operation: "put", key: "" }), 400, "invalid_request"],
    ["no key", batch({ operation: "get" }), 400, "invalid_request"],
    ["a number as key", batch({ operation: "get", key: 1 }), 400, "invalid_request"],
    ["unknown encoding", batch({ ...get("a"), encoding: "hex" }), 400, "invalid_request"],
    ["base64 without padding", batch({ operation: "get", key: "YQ" }), 400, "invalid_request"],
    ["base64 with rubbish", batch({ operation: "get", key: "Y Q==" }), 400, "invalid_request"],
    ["base64 with loose bits", batch({ operation: "get", key: "YR==" }), 400, "invalid_request"],
    [
      "half a surrogate pair",
      '{"operations":[{"operation":"get","encoding":"utf8","key":"\\ud800"}]}',
      400,
      "invalid_request",
    ],
    ["short request id", batch({ ...get("a"), requestId: "00" }), 400, "invalid_request"],
    [
      "upper-case request id",
      batch({ ...get("a"), requestId: "A".repeat(32) }),
      400,
      "invalid_request",
    ],
    ["long key", batch(put("a", "2"), get("k".repeat(KEY_BYTES_MAX + 1))), 400, "key_too_long"],
    [
      "large value",
      batch(put("a", "2"), put("b", "v".repeat(VALUE_BYTES_MAX + 1))),
      413,
      "value_too_large",
    ],
    ["broken JSON", '{"operations":[', 400, "invalid_json"],
    ["empty body", "", 400, "invalid_json"],
  ];

  test.each(refused)("%s: refused, and nothing executed", async (_name, body, status, code) => {
    const { app } = start();
    await post(app, batch(put("a", "1")));
    expect(problem(await post(app, body))).toEqual([status, code]);
    expect((await app.inject({ url: "/v1/kv/a" })).body).toBe("1");
  });

  test("invalid UTF-8 is not JSON", async () => {
    const { app } = start();
    const payload = Buffer.from('{"operations":[{"operation":"get","key":"\xff"}]}', "latin1");
    const headers = { "content-type": "application/json" };
    const response = await app.inject({ method: "POST", url: "/v1/ops", payload, headers });
    expect(problem(response)).toEqual([400, "invalid_json"]);
  });

  test("the media type must be JSON", async () => {
    const { app } = start();
    const headers = { "content-type": "text/plain" };
    const response = await app.inject({ method: "POST", url: "/v1/ops", payload: "{}", headers });
    expect(problem(response)).toEqual([415, "unsupported_media_type"]);
  });

  test("takes exactly the limit of operations", async () => {
    const { app } = start();
    const operations = Array.from({ length: BATCH_OPERATIONS_MAX }, () => get("a"));
    const { results } = (await post(app, { operations })).json<BatchAnswer>();
    expect(results).toHaveLength(BATCH_OPERATIONS_MAX);
    const oneMore = await post(app, batch(...operations, get("a")));
    expect(problem(oneMore)).toEqual([400, "invalid_request"]);
  });

  test("takes exactly the limit of bytes", async () => {
    const { app } = start();
    const text = JSON.stringify(batch(get("a")));
    const padded = text + " ".repeat(BATCH_BYTES_MAX - text.length);
    expect((await post(app, padded)).statusCode).toBe(200);
    expect(problem(await post(app, `${padded} `))).toEqual([413, "payload_too_large"]);
  });

  test("a full store is told, and certifies what it has", async () => {
    const { app, engine } = start({ recordsMax: 2 });
    expect((await post(app, batch(get("a"), get("b")))).statusCode).toBe(200);
    expect(problem(await post(app, batch(get("c"))))).toEqual([507, "store_full"]);
    expect((await post(app, batch(get("a"), get("b")))).statusCode).toBe(200);
    expect(await engine.closeEpoch()).toBe(0);
  });

  test("a full queue is told with retry-after", async () => {
    const { app } = start({ queuedCallsMax: 2 });
    const response = await post(app, batch(get("a"), get("b"), get("c")));
    expect(problem(response)).toEqual([429, "too_many_requests"]);
    expect(response.headers["retry-after"]).toBe("1");
  });
});

describe("POST /v1/ops/{operation}", () => {
  test("executes one operation", async () => {
    const { app } = start();
    const body = { encoding: "utf8", key: "a", value: "1", requestId: freshId() };
    const response = await post(app, body, "/v1/ops/put");
    expect(response.json()).toEqual({
      requestId: body.requestId,
      epoch: 0,
      thread: 0,
      result: base64("\0"),
    });
    expect(response.headers["zeta-receipt"]).toBe(body.requestId);
  });

  test("refuses what a batch would refuse", async () => {
    const { app } = start();
    const key = { encoding: "utf8", key: "a" };
    expect(problem(await post(app, key, "/v1/ops/pop"))).toEqual([400, "unknown_operation"]);
    expect(problem(await post(app, [], "/v1/ops/get"))).toEqual([400, "invalid_request"]);
    const twice = { ...key, operation: "get" };
    expect(problem(await post(app, twice, "/v1/ops/get"))).toEqual([400, "invalid_request"]);
  });

  test("takes the largest key and value in base64", async () => {
    const { app } = start();
    const [key, value] = [Buffer.alloc(KEY_BYTES_MAX, 1), Buffer.alloc(VALUE_BYTES_MAX, 2)];
    const body = { key: key.toString("base64"), value: value.toString("base64") };
    expect((await post(app, body, "/v1/ops/put")).statusCode).toBe(200);
  });
});
