// SPDX-License-Identifier: Apache-2.0
/** Whatever is wrong with a request before it means anything, the answer is a problem that says what was expected and what came. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/open-database.ts";
import {
  openTestDatabase,
  startTestServer,
  type TestServer,
  temporaryDirectory,
} from "./support/server.ts";

const folder = temporaryDirectory();
let database: OpenDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await openTestDatabase({ kind: "embedded", directory: folder.path });
  server = await startTestServer(database);
});
afterAll(async () => {
  await server.close();
  await database.close();
  folder.remove();
});

/** Sends bytes, and returns head and body of the answer. */
async function talk(bytes: string): Promise<readonly [head: string, body: string]> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.end(bytes, "latin1");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return [head.toLowerCase(), body.replace(/^[0-9a-f]+\r\n|\r\n0$/g, "")];
}

const HEAD = "host: localhost\r\nconnection: close\r\n";
const post = (path: string, body: string, type = "content-type: application/json\r\n") =>
  `POST ${path} HTTP/1.1\r\n${HEAD}${type}content-length: ${body.length}\r\n\r\n${body}`;
const get = (path: string, more = "", method = "GET") =>
  `${method} ${path} HTTP/1.1\r\n${HEAD}${more}\r\n`;

describe("a request that is refused", () => {
  test.each([
    ["half a body", post("/tee/proof_inputs", "{"), 400, "invalid_json", "expected JSON, got"],
    ["no body", post("/tee/proof_inputs", ""), 400, "invalid_json", "got an empty body"],
    [
      "text",
      post("/tee/proof_inputs", "x", "content-type: text/plain\r\n"),
      415,
      "unsupported_media_type",
      "got text/plain",
    ],
    ["no type", post("/tee/proof_inputs", "{}", ""), 415, "unsupported_media_type", "got no type"],
    [
      "too much",
      `POST /tee/proof_inputs HTTP/1.1\r\n${HEAD}content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n`,
      413,
      "payload_too_large",
      "bytes, got 99999999999",
    ],
    ["no UTF-8 in the path", get("/tee/%ff"), 400, "malformed_request", 'got "/tee/%ff"'],
    [
      "no hex in the path",
      get("/tee/batch_data/%zz"),
      400,
      "malformed_request",
      'got "/tee/batch_data/%zz"',
    ],
    ["another path", get("/nowhere"), 404, "unknown_path", 'got "/nowhere"'],
    ["another path, posted to", post("/nowhere", "", ""), 404, "unknown_path", 'got "/nowhere"'],
    [
      "another method",
      get("/tee/proof_inputs"),
      405,
      "method_not_allowed",
      "expected POST, got GET",
    ],
    [
      "another method to look",
      post("/healthz", "{}"),
      405,
      "method_not_allowed",
      "expected GET, HEAD, got POST",
    ],
    [
      "other bytes",
      "garbage\r\n\r\n",
      400,
      "malformed_request",
      "expected a whole HTTP request, got",
    ],
    [
      "no host",
      "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n",
      400,
      "malformed_request",
      "expected a Host header, got none",
    ],
    [
      "two hosts",
      get("/healthz", "host: localhost\r\n"),
      400,
      "malformed_request",
      "expected one Host header, got 2",
    ],
    ["long headers", get("/", `a: ${"a".repeat(40_000)}\r\n`), 431, "malformed_request", "shorter"],
    ["CONNECT", get("h:1", "", "CONNECT"), 405, "method_not_allowed", "got CONNECT"],
    [
      "an expectation",
      get("/healthz", "expect: a miracle\r\n"),
      417,
      "malformed_request",
      "got a miracle",
    ],
  ])("%s", async (_what, bytes, status, code, detail) => {
    const [head, body] = await talk(bytes);
    expect(head).toContain(`http/1.1 ${status} `);
    expect(head).toMatch(/\r\ncontent-type: application\/problem\+json(\r\n|$)/);
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ status, code, type: `urn:zeta:tee:${code}` });
    expect(problem.detail).toMatch(/^expected .+, got ./);
    expect(problem.detail).toContain(detail);
  });

  const rebound = (line: string, more = "") =>
    `${line} HTTP/1.1\r\nhost: evil.test:3320\r\nconnection: close\r\n${more}\r\n`;

  test("a page whose name is made to point here, whatever it asks", async () => {
    for (const [line, more] of [
      ["GET /metrics"],
      ["GET /openapi.json"],
      ["GET /nowhere"],
      ["GET /tee/%ff"],
      ["GET http://localhost:3320/tee/jobs"],
      ["POST /tee/requeue/1", "content-type: application/json\r\ncontent-length: 1000\r\n"],
      ["OPTIONS /tee/requeue/1", "access-control-request-method: POST\r\n"],
    ] as const) {
      const [head, body] = await talk(rebound(line, more));
      expect([line, head]).toEqual([line, expect.stringContaining("http/1.1 421 ")]);
      expect(JSON.parse(body)).toMatchObject({
        code: "host_not_allowed",
        detail:
          'expected localhost, an IP address or a name of allowHosts as host, got "evil.test"',
      });
    }
  });

  test("a page of another site, but not whoever follows its link", async () => {
    const link = "sec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\n";
    const foreign = "sec-fetch-site: cross-site\r\n";
    for (const bytes of [
      get("/tee/jobs", foreign),
      get("/tee/jobs", "origin: https://evil.test\r\n"),
      post("/tee/requeue/1", "{}", `content-type: text/plain\r\n${foreign}`),
      post("/tee/requeue/1", "{}", `content-type: application/json\r\n${foreign}${link}`),
    ]) {
      const [head, body] = await talk(bytes);
      expect(head).toContain("http/1.1 403 ");
      expect(JSON.parse(body)).toMatchObject({ code: "origin_not_allowed" });
    }
    expect((await talk(get("/tee/jobs", `${foreign}${link}`)))[0]).toContain("http/1.1 200 ");
  });

  test("no target that names the host before the path", async () => {
    expect((await talk(get("http://localhost:3320/healthz")))[0]).toContain("http/1.1 200 ");
    const [head] = await talk(get("http://localhost:3320/tee/proof_inputs"));
    expect(head).toContain("http/1.1 405 ");
    expect(head).toContain("\r\nallow: post\r\n");
  });

  test("says which methods there are", async () => {
    expect((await talk(get("/tee/proof_inputs")))[0]).toContain("\r\nallow: post\r\n");
    expect((await talk(post("/metrics", "{}")))[0]).toContain("\r\nallow: get, head\r\n");
  });
});
