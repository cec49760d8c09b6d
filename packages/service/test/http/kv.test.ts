// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import { freshId, putCall } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";

const start = useServices();

const RECEIPT = /^[0-9a-f]{32}$/;

describe("PUT, GET and DELETE /v1/kv/{key}", () => {
  test("tell what happened by status, and carry a receipt each", async () => {
    const { app } = start();
    const steps = [
      ["GET", 404],
      ["DELETE", 404],
      ["PUT", 201],
      ["PUT", 204],
      ["GET", 200],
      ["DELETE", 204],
      ["GET", 404],
    ] as const;
    for (const [method, status] of steps) {
      const payload = method === "PUT" ? { payload: "100" } : {};
      const response = await app.inject({ method, url: "/v1/kv/alice", ...payload });
      expect([method, response.statusCode]).toEqual([method, status]);
      expect(response.headers["zeta-epoch"]).toBe("0");
      expect(response.headers["zeta-thread"]).toBe("0");
      expect(response.headers["zeta-receipt"]).toMatch(RECEIPT);
      if (status === 404) expect(problem(response)).toEqual([404, "not_found"]);
      if (status === 200) expect(response.body).toBe("100");
    }
  });

  test("use the client's request id, once", async () => {
    const { app } = start();
    const id = freshId();
    const request = { url: "/v1/kv/a", headers: { "zeta-request-id": id } };
    expect((await app.inject(request)).headers["zeta-receipt"]).toBe(id);
    expect(problem(await app.inject(request))).toEqual([409, "duplicate_request_id"]);
    for (const wrong of ["", id.slice(1), `${id}0`, id.toUpperCase().replace("0", "A"), "x"]) {
      const headers = { "zeta-request-id": wrong };
      const response = await app.inject({ url: "/v1/kv/a", headers });
      expect(problem(response)).toEqual([400, "invalid_request"]);
    }
  });

  test("take any bytes as key, percent-encoded", async () => {
    const { app, engine } = start();
    const spellings = ["%FF%00%2F", "%ff%00%2f"];
    await app.inject({ method: "PUT", url: `/v1/kv/${spellings[0]}`, payload: "bytes" });
    for (const spelling of spellings) {
      expect((await app.inject({ url: `/v1/kv/${spelling}` })).body).toBe("bytes");
    }
    await engine.execute([putCall("grüße", "text")]);
    const encoded = encodeURIComponent("grüße");
    expect((await app.inject({ url: `/v1/kv/${encoded}` })).body).toBe("text");
    expect((await app.inject({ url: `/v1/kv/${encoded}?ignored=1` })).body).toBe("text");
  });

  test("refuse paths that name no key", async () => {
    const { app } = start();
    for (const key of ["%", "%0", "%zz", "a%2", "%u00"]) {
      const response = await app.inject({ url: `/v1/kv/${key}` });
      expect([key, ...problem(response)]).toEqual([key, 400, "invalid_request"]);
    }
    for (const key of ["", "a/b", "a/"]) {
      const response = await app.inject({ url: `/v1/kv/${key}` });
      expect([key, ...problem(response)]).toEqual([key, 404, "unknown_path"]);
    }
  });

  test("take keys and values of exactly the limit", async () => {
    const { app } = start();
    const url = `/v1/kv/${"%41".repeat(KEY_BYTES_MAX)}`;
    const payload = Buffer.alloc(VALUE_BYTES_MAX, 7);
    expect((await app.inject({ method: "PUT", url, payload })).statusCode).toBe(201);
    expect((await app.inject({ url })).rawPayload.equals(payload)).toBe(true);
    expect(problem(await app.inject({ url: `${url}a` }))).toEqual([400, "key_too_long"]);
    const long = { method: "PUT", url, payload: Buffer.alloc(VALUE_BYTES_MAX + 1) } as const;
    expect(problem(await app.inject(long))).toEqual([413, "value_too_large"]);
    expect((await app.inject({ url })).rawPayload.equals(payload)).toBe(true);
  });

  test("store an empty body and any media type as they are", async () => {
    const { app } = start();
    const headers = { "content-type": "application/json" };
    const put = { method: "PUT", url: "/v1/kv/json", headers, payload: "{not json" } as const;
    expect((await app.inject(put)).statusCode).toBe(201);
    expect((await app.inject({ url: "/v1/kv/json" })).body).toBe("{not json");
    expect((await app.inject({ method: "PUT", url: "/v1/kv/empty" })).statusCode).toBe(201);
    const got = await app.inject({ url: "/v1/kv/empty" });
    expect([got.statusCode, got.body]).toEqual([200, ""]);
  });

  test("answer HEAD like GET without the value", async () => {
    const { app, engine } = start();
    await engine.execute([putCall("a", "12345")]);
    const head = await app.inject({ method: "HEAD", url: "/v1/kv/a" });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", "5"]);
  });
});
