// SPDX-License-Identifier: Apache-2.0
/** Whatever is wrong with a request, the answer is a problem with a code of ours that says what was expected and what came. */
import type { HTTPMethods } from "fastify";
import { describe, expect, test } from "vitest";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import { talk } from "../support/talk.ts";

const start = useServices();
const JSON_TYPE = { "content-type": "application/json" };
const FORM = /^expected .+, got:? ./s;

type Case = readonly [
  what: string,
  method: HTTPMethods,
  url: string,
  body: string | Buffer | null,
  code: string,
  detail: string,
  headers?: Readonly<Record<string, string>>,
];

const OPS = "/v1/ops";
const one = (operation: unknown) => JSON.stringify({ operations: [operation] });

const CASES: readonly Case[] = [
  ["half a body", "POST", OPS, "{", "invalid_json", "expected JSON, got: "],
  ["no body", "POST", OPS, "", "invalid_json", "expected JSON, got: "],
  ["no UTF-8", "POST", OPS, Buffer.from([0x22, 0xff, 0x22]), "invalid_json", "not UTF-8"],
  [
    "text",
    "POST",
    OPS,
    "x",
    "unsupported_media_type",
    "got text/plain",
    { "content-type": "text/plain" },
  ],
  ["no type", "POST", OPS, "{}", "unsupported_media_type", "application/json, got none", {}],
  [
    "no type at all",
    "POST",
    OPS,
    "{}",
    "unsupported_media_type",
    "got a/;;",
    { "content-type": "a/;;" },
  ],
  [
    "too much",
    "POST",
    OPS,
    "x",
    "payload_too_large",
    "got 99999999999",
    { ...JSON_TYPE, "content-length": "99999999999" },
  ],
  ["null", "POST", OPS, "null", "invalid_request", "as body, got null"],
  ["an array", "POST", OPS, "[1]", "invalid_request", "as body, got an array of 1"],
  ["other members", "POST", OPS, '{"a":1}', "invalid_request", 'as body, got an object with "a"'],
  ["no operations", "POST", OPS, '{"operations":[]}', "invalid_request", "got 0"],
  ["a number as operation", "POST", OPS, one(1), "invalid_request", "as operation 0, got 1"],
  ["another operation", "POST", OPS, one({ operation: "frob" }), "unknown_operation", 'got "frob"'],
  ["no key", "POST", OPS, one({ operation: "get" }), "invalid_request", "got nothing"],
  ["no base64", "POST", OPS, one({ operation: "get", key: "?" }), "invalid_request", 'got "?"'],
  [
    "half a character",
    "POST",
    OPS,
    one({ operation: "get", key: "\ud800", encoding: "utf8" }),
    "invalid_request",
    "half of a surrogate",
  ],
  [
    "a member too many",
    "POST",
    OPS,
    one({ operation: "get", key: "", more: 1 }),
    "invalid_request",
    'got "more"',
  ],
  [
    "another encoding",
    "POST",
    OPS,
    one({ operation: "get", key: "", encoding: "hex" }),
    "invalid_request",
    'got "hex"',
  ],
  [
    "a value to read",
    "POST",
    OPS,
    one({ operation: "get", key: "", value: "" }),
    "invalid_request",
    'got ""',
  ],
  [
    "a short request id",
    "POST",
    OPS,
    one({ operation: "get", key: "", requestId: "0" }),
    "invalid_request",
    'got "0"',
  ],
  [
    "items that are none",
    "POST",
    OPS,
    one({ operation: "transact", items: 7 }),
    "invalid_request",
    "got 7",
  ],
  [
    "an item that is none",
    "POST",
    OPS,
    one({ operation: "transact", items: [7] }),
    "invalid_request",
    "got 7",
  ],
  [
    "a condition that is none",
    "POST",
    OPS,
    one({ operation: "transact", items: [{ key: "", condition: "odd" }] }),
    "invalid_request",
    'got "odd"',
  ],
  [
    "a write that is none",
    "POST",
    OPS,
    one({ operation: "transact", items: [{ key: "", write: "odd" }] }),
    "invalid_request",
    'got "odd"',
  ],
  ["an array as operation", "POST", "/v1/ops/get", "[]", "invalid_request", "got an array of 0"],
  ["a path of no UTF-8", "POST", "/v1/ops/%ff", "{}", "invalid_request", 'got "/v1/ops/%ff"'],
  ["a path of no hex", "GET", "/v1/%zz", null, "invalid_request", 'got "/v1/%zz"'],
  ["a key of no hex", "GET", "/v1/kv/%zz", null, "invalid_request", 'got "zz"'],
  [
    "a long parameter",
    "GET",
    `/v1/receipts/${"a".repeat(200)}`,
    null,
    "invalid_request",
    "got one of 213 characters",
  ],
  [
    "an epoch in words",
    "GET",
    "/v1/epochs/one/certificate",
    null,
    "invalid_request",
    'expected params/epoch to match pattern "^(0|[1-9][0-9]{0,9})$", got "one"',
  ],
  [
    "a query in words",
    "GET",
    "/v1/epochs/stream?from=x",
    null,
    "invalid_request",
    "expected querystring/from to match",
  ],
  [
    "a receipt id of another form",
    "GET",
    "/v1/receipts/x",
    null,
    "invalid_request",
    "expected params/id to match",
  ],
  [
    "no ids",
    "POST",
    "/v1/receipts",
    "{}",
    "invalid_request",
    "expected body to have required property 'ids', got an empty object",
  ],
  [
    "a long value",
    "PUT",
    "/v1/kv/a",
    "x",
    "value_too_large",
    "expected a value of at most 1048576 bytes, got 9999999",
    { "content-length": "9999999" },
  ],
  [
    "a request id of another form",
    "PUT",
    "/v1/kv/a",
    "v",
    "invalid_request",
    'in zeta-request-id, got "x"',
    { "zeta-request-id": "x" },
  ],
  ["another path", "GET", "/nowhere", null, "unknown_path", 'got "/nowhere"'],
  ["another method", "PATCH", "/v1/kv/a", null, "method_not_allowed", "got PATCH"],
];

describe("a request that is refused", () => {
  for (const [what, method, url, body, code, detail, headers = JSON_TYPE] of CASES) {
    test(what, async () => {
      const { app } = start();
      const payload = body === null ? {} : { payload: body };
      const response = await app.inject({ method, url, headers, ...payload });
      const [status, got] = problem(response);
      expect([status < 500, got]).toEqual([true, code]);
      expect(response.json().detail).toMatch(FORM);
      expect(response.json().detail).toContain(detail);
    });
  }

  test("a lie that is not known", async () => {
    const { app } = start({ allowAttacks: true });
    const url = "/v1/attacks/pillage";
    const response = await app.inject({ method: "POST", url, payload: { key: "a" } });
    expect(problem(response)).toEqual([404, "unknown_attack"]);
    expect(response.json().detail).toMatch(/^expected one of tamper, .*, got "pillage"$/);
  });
});

describe("what is hardly a request is answered with a problem, too", () => {
  test.each([
    ["other bytes", "garbage\r\n\r\n", 400, "invalid_request"],
    ["another version", "GET / HTTP/9.9\r\nhost: h\r\n\r\n", 400, "invalid_request"],
    ["an unknown method", "FROB / HTTP/1.1\r\nhost: h\r\n\r\n", 400, "invalid_request"],
    [
      "a length in words",
      "PUT /v1/kv/a HTTP/1.1\r\nhost: h\r\ncontent-length: x\r\n\r\n",
      400,
      "invalid_request",
    ],
    ["no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", 400, "invalid_request"],
    [
      "long headers",
      `GET / HTTP/1.1\r\nhost: localhost\r\na: ${"a".repeat(40_000)}\r\n\r\n`,
      431,
      "invalid_request",
    ],
    ["CONNECT", "CONNECT h:1 HTTP/1.1\r\nhost: h\r\n\r\n", 405, "method_not_allowed"],
    [
      "an expectation",
      "GET /healthz HTTP/1.1\r\nhost: localhost\r\nexpect: a miracle\r\n\r\n",
      417,
      "invalid_request",
    ],
  ])("%s", async (_what, bytes, status, code) => {
    const { app } = start();
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as { port: number };
    const answer = await talk(port, bytes);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain("\r\ncontent-type: application/problem+json\r\n");
    const told = JSON.parse(body.replace(/^[0-9a-f]+\r\n|\r\n0$/g, ""));
    expect(told).toMatchObject({ status, code, title: expect.any(String) });
    expect(told.detail).toMatch(FORM);
  });

  test("HTTP/1.0 did not know hosts", async () => {
    const { app } = start();
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as { port: number };
    expect(await talk(port, "GET /healthz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});
