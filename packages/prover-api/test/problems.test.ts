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

const HEAD = "host: h\r\nconnection: close\r\n";
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

  test("says which methods there are", async () => {
    expect((await talk(get("/tee/proof_inputs")))[0]).toContain("\r\nallow: post\r\n");
    expect((await talk(post("/metrics", "{}")))[0]).toContain("\r\nallow: get, head\r\n");
  });
});
