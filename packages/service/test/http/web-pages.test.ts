// SPDX-License-Identifier: Apache-2.0
/** What a stranger's web page can do to a service on this machine: nothing, whether its name is made to point here or it asks from elsewhere. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { hostNames, webOrigins } from "@zeta/http/host-names";
import type { HTTPMethods } from "fastify";
import { afterAll, describe, expect, test } from "vitest";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import type { TestOptions } from "../support/service.ts";
import { talk } from "../support/talk.ts";

const start = useServices();

const page = mkdtempSync(join(tmpdir(), "zeta-page-"));
writeFileSync(join(page, "index.html"), "<title>the page</title>");
afterAll(() => rmSync(page, { recursive: true }));

const access = (hosts: readonly string[], origins: readonly string[] = []) => ({
  hosts: hostNames(hosts, "hosts"),
  origins: webOrigins(origins, "origins"),
});

async function listening(options: TestOptions = {}, host = "127.0.0.1") {
  const service = start({ allowAttacks: true, page, ...options });
  await service.app.listen({ host, port: 0 });
  const { port } = service.app.server.address() as AddressInfo;
  return { ...service, port, url: `http://127.0.0.1:${port}` };
}

/** Status and code of an answer in bytes; null: an answer without a problem, or to HEAD. */
function told(answer: string): readonly [status: number, code: unknown] {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const json = head.includes("problem+json") && body !== "" ? JSON.parse(body) : null;
  return [Number(head.split(" ")[1]), json?.code ?? null];
}

const ATTACK = '{"key":"alice"}';
const OPS = '{"operations":[{"operation":"put","key":"YQ==","value":"YQ=="}]}';

/** Requests of every kind, each as a line and what follows Host. */
const REQUESTS: readonly (readonly [line: string, rest: string])[] = [
  ["GET /", ""],
  ["HEAD /", ""],
  ["GET /index.html", ""],
  ["GET /metrics", ""],
  ["GET /openapi.json", ""],
  ["GET /v1/attestation", ""],
  ["GET /v1/epochs/stream", "accept: text/event-stream\r\n"],
  ["GET /v1/kv/alice", ""],
  ["PUT /v1/kv/alice", "content-length: 1\r\n\r\n7"],
  ["DELETE /v1/kv/alice", ""],
  ["POST /v1/ops", `content-type: application/json\r\ncontent-length: ${OPS.length}\r\n\r\n${OPS}`],
  [
    "POST /v1/attacks/tamper",
    `content-type: application/json\r\ncontent-length: ${ATTACK.length}\r\n\r\n${ATTACK}`,
  ],
  ["GET /nowhere", ""],
  ["PATCH /v1/kv/alice", ""],
  ["GET /v1/%zz", ""],
  [`GET /v1/receipts/${"a".repeat(200)}`, ""],
  ["OPTIONS /v1/ops", ""],
  ["OPTIONS *", ""],
  ["OPTIONS /v1/ops", "origin: http://evil.test:7070\r\naccess-control-request-method: POST\r\n"],
  ["GET /v1/epochs/latest", "connection: upgrade\r\nupgrade: websocket\r\n"],
  ["GET http://localhost/metrics", ""],
];

describe("a page whose name is made to point here", () => {
  test("is not answered, whatever it asks", async () => {
    const { app, engine, port } = await listening();
    await app.inject({ method: "PUT", url: "/v1/kv/alice", payload: "100" });
    for (const [line, rest] of REQUESTS) {
      const end = rest.includes("\r\n\r\n") ? "" : "\r\n";
      const head = `${line} HTTP/1.1\r\nhost: evil.test:7070\r\n`;
      const answer = await talk(port, `${head}${rest}${end}`);
      const code = line.startsWith("HEAD") ? null : "host_not_allowed";
      expect([line, ...told(answer)]).toEqual([line, 421, code]);
      expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n");
      expect(answer.toLowerCase()).not.toContain("access-control-");
    }
    // Neither was anything written, nor a lie armed: the epoch can be certified.
    expect((await app.inject({ url: "/v1/kv/alice" })).body).toBe("100");
    expect((await app.inject({ url: "/v1/kv/a" })).statusCode).toBe(404);
    await engine.closeEpoch();
    expect([engine.instance.certificates.latest, engine.instance.violation]).toEqual([0, null]);
  });

  test("is told how it would be, and nothing is read but the head", async () => {
    const { port } = await listening();
    const socket = connect(port, "127.0.0.1");
    // A body that never comes.
    socket.write("PUT /v1/kv/a HTTP/1.1\r\nhost: evil.test\r\ncontent-length: 1000\r\n\r\n");
    const answer = await text(socket);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toEqual({
      type: "about:blank",
      title: "This service does not answer for this host",
      status: 421,
      code: "host_not_allowed",
      detail:
        'expected localhost, an IP address or a name of --allow-host as host, got "evil.test"',
    });
  });

  test("on the other address of localhost, too", async () => {
    const { app, port } = await listening({}, "localhost");
    // What localhost is here: one address, or two with a server each.
    for (const { address } of app.addresses() as AddressInfo[]) {
      const socket = connect(port, address);
      socket.end("GET /metrics HTTP/1.1\r\nhost: evil.test\r\n\r\n");
      expect(told(await text(socket))).toEqual([421, "host_not_allowed"]);
    }
  });

  test("a Host that is none, or two, is no request in order, for whatever address", async () => {
    const { port } = await listening({}, "0.0.0.0");
    for (const host of ["", "host: a b\r\n", "host: localhost\r\nhost: localhost\r\n"]) {
      const answer = await talk(port, `GET /healthz HTTP/1.1\r\n${host}connection: close\r\n\r\n`);
      expect([host, ...told(answer)]).toEqual([host, 400, "invalid_request"]);
    }
  });
});

describe("names that are answered", () => {
  const get = (host: string) =>
    `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

  test("those of the operator, on every address", async () => {
    for (const host of ["127.0.0.1", "0.0.0.0"]) {
      const { port } = await listening({ access: access(["zeta.example.org"]) }, host);
      expect(told(await talk(port, get("zeta.example.org")))).toEqual([200, null]);
      expect(told(await talk(port, get("localhost:7070")))).toEqual([200, null]);
      expect(told(await talk(port, get("evil.test")))).toEqual([421, "host_not_allowed"]);
    }
  });

  test("all, without a list, on an address that others can reach", async () => {
    const { port } = await listening({}, "0.0.0.0");
    expect(told(await talk(port, get("zeta.example.org")))).toEqual([200, null]);
  });

  test("a target that names the host is the path behind it", async () => {
    const { app, port } = await listening();
    const put = "PUT http://localhost:7070/v1/kv/alice HTTP/1.1\r\nhost: localhost:7070\r\n";
    const answer = await talk(port, `${put}connection: close\r\ncontent-length: 1\r\n\r\n7`);
    expect(told(answer)[0]).toBe(201);
    expect((await app.inject({ url: "/v1/kv/alice" })).body).toBe("7");
  });

  test("a key is read from the path as it was sent, or not at all", async () => {
    const { app } = start();
    const put = { method: "PUT", url: "/%761/kv/a", payload: "7" } as const;
    expect(problem(await app.inject(put))).toEqual([404, "unknown_path"]);
  });
});

const EVIL = "https://evil.test";

/** What browsers say of a request that a page of another site makes. */
const FOREIGN: readonly (readonly [browser: string, headers: Record<string, string>])[] = [
  ["a browser", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", origin: EVIL }],
  ["an old browser", { origin: EVIL }],
  ["a browser, from another port", { "sec-fetch-site": "same-site", origin: "http://localhost:1" }],
  ["a sandboxed frame", { "sec-fetch-site": "cross-site", origin: "null" }],
];

/** Requests that a page may make without asking first ("simple", WHATWG Fetch), and bodies in all their types. */
const SIMPLE: readonly (readonly [what: string, type: string | null, body: string])[] = [
  ["a beacon", "text/plain;charset=UTF-8", ATTACK],
  ["a form as text", "text/plain", '{"key":"alice","x":"=1"}'],
  ["a form", "application/x-www-form-urlencoded", "key=alice"],
  ["a form with files", "multipart/form-data; boundary=x", '--x\r\n\r\n{"key":"alice"}\r\n--x--'],
  ["a body without a type", null, ATTACK],
  ["a type that says another", "text/plain; application/json", ATTACK],
  ["a type with another behind it", "text/plain, application/json", ATTACK],
  ["no body", null, ""],
];

const POSTED = ["/v1/attacks/tamper", "/v1/ops", "/v1/ops/put", "/v1/receipts"];

describe("a page of another site", () => {
  test("cannot make a call without asking", async () => {
    const { app } = start({ allowAttacks: true, page });
    for (const [browser, headers] of FOREIGN) {
      for (const url of POSTED) {
        for (const [what, type, payload] of SIMPLE) {
          const sent = { ...headers, ...(type !== null && { "content-type": type }) };
          const response = await app.inject({ method: "POST", url, headers: sent, payload });
          const got = [browser, what, url, ...problem(response), response.headers.connection];
          expect(got).toEqual([browser, what, url, 403, "origin_not_allowed", "close"]);
        }
      }
    }
  });

  test("cannot even if its browser does not say whose request it is", async () => {
    const { app } = start({ allowAttacks: true });
    for (const url of POSTED) {
      for (const [what, type, payload] of SIMPLE) {
        const headers: Record<string, string> = type === null ? {} : { "content-type": type };
        const response = await app.inject({ method: "POST", url, headers, payload });
        const got = [what, url, ...problem(response)];
        expect(got).toEqual([what, url, 415, "unsupported_media_type"]);
      }
    }
  });

  test("is told no when it asks first", async () => {
    const { app } = start({ allowAttacks: true });
    const wishes = { origin: EVIL, "access-control-request-method": "PUT" };
    for (const url of ["/v1/kv/a", "/v1/ops", "/nowhere"]) {
      const response = await app.inject({ method: "OPTIONS", url, headers: wishes });
      expect(problem(response)).toEqual([403, "origin_not_allowed"]);
      expect(response.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test("cannot read or fill the store by images, frames, sockets and links", async () => {
    const { app, engine } = start({ page });
    const before = (await app.inject({ url: "/metrics" })).body.match(
      /^zeta_operations_total.*$/gm,
    );
    const link = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    for (const more of [
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "sec-fetch-mode": "websocket", "sec-fetch-dest": "websocket", upgrade: "websocket" },
      link,
    ]) {
      const headers = { "sec-fetch-site": "cross-site", ...more };
      for (const url of ["/v1/kv/absent", "/v1/epochs/stream", "/v1/attestation"]) {
        expect(problem(await app.inject({ url, headers }))).toEqual([403, "origin_not_allowed"]);
      }
      const { statusCode } = await app.inject({ url: "/", headers });
      expect(statusCode).toBe(more === link ? 200 : 403);
    }
    const after = (await app.inject({ url: "/metrics" })).body.match(/^zeta_operations_total.*$/gm);
    expect(after).toEqual(before);
    expect(engine.events.hasFollowers).toBe(false);
  });

  test("is no hindrance to programs, to the service's own page, and to whoever types", async () => {
    const { app } = start({ page });
    const put = (headers: Record<string, string>) =>
      app.inject({ method: "PUT", url: "/v1/kv/a", payload: "1", headers });
    for (const headers of [
      {},
      { "sec-fetch-mode": "cors" },
      { "sec-fetch-site": "same-origin", origin: "http://localhost:7070", host: "localhost:7070" },
      { origin: "http://localhost:7070", host: "localhost:7070" },
      { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
    ]) {
      expect((await put(headers)).statusCode).toBeLessThan(300);
    }
  });
});

describe("origins that the operator lists", () => {
  const APP = "https://app.example.org";
  const fromApp = { origin: APP, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" };

  test("may ask, and their pages may read all that the client needs", async () => {
    const { app } = start({ access: access([], [APP]), page });
    const preflight = await app.inject({
      method: "OPTIONS",
      url: "/v1/kv/alice",
      headers: {
        ...fromApp,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,zeta-request-id",
      },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": APP,
      "access-control-allow-methods": "GET, HEAD, PUT, POST, DELETE",
      "access-control-allow-headers": "content-type,zeta-request-id",
      "access-control-max-age": "600",
    });
    expect(preflight.headers["access-control-allow-credentials"]).toBeUndefined();
    const put = { method: "PUT", url: "/v1/kv/alice", headers: fromApp, payload: "1" } as const;
    const answer = await app.inject(put);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers).toMatchObject({
      vary: expect.stringContaining("Origin"),
      "access-control-allow-origin": APP,
      "access-control-expose-headers": "zeta-epoch, zeta-receipt, zeta-thread, retry-after",
    });
  });

  const PROBLEMS: readonly (readonly [HTTPMethods, string, number, string])[] = [
    ["GET", "/nowhere", 404, "unknown_path"],
    ["PATCH", "/v1/ops", 405, "method_not_allowed"],
    ["POST", "/v1/ops", 400, "invalid_json"],
    ["GET", "/v1/kv/absent", 404, "not_found"],
  ];

  test("may read problems, too", async () => {
    const { app } = start({ access: access([], [APP]), page });
    const headers = { ...fromApp, "content-type": "application/json" };
    for (const [method, url, status, code] of PROBLEMS) {
      const payload = method === "GET" ? {} : { payload: "{" };
      const response = await app.inject({ method, url, headers, ...payload });
      expect([url, ...problem(response)]).toEqual([url, status, code]);
      expect(response.headers["access-control-allow-origin"]).toBe(APP);
    }
    const bare = await app.inject({ method: "POST", url: "/v1/ops", headers: fromApp });
    expect(problem(bare)).toEqual([415, "unsupported_media_type"]);
    expect(bare.headers["access-control-allow-origin"]).toBe(APP);
  });

  test("read the stream of epochs", async () => {
    const { engine, url } = await listening({ access: access([], [APP]) });
    await engine.closeEpoch();
    const response = await fetch(`${url}/v1/epochs/stream`, { headers: { origin: APP } });
    expect(response.headers.get("access-control-allow-origin")).toBe(APP);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(String(new TextDecoder().decode(value))).toContain("retry:");
  });

  test("do not open the service to others", async () => {
    const { app } = start({ access: access([], [APP]) });
    for (const origin of [EVIL, "null", "https://app.example.org.evil.test", `${APP}:444`]) {
      const response = await app.inject({ url: "/v1/epochs/latest", headers: { origin } });
      expect([origin, ...problem(response)]).toEqual([origin, 403, "origin_not_allowed"]);
      expect(response.headers["access-control-allow-origin"]).toBeUndefined();
    }
    // A page of such an origin is no reason to take a form for JSON.
    const headers = { origin: APP, "content-type": "text/plain" };
    const form = { method: "POST", url: "/v1/ops", headers, payload: OPS } as const;
    expect(problem(await app.inject(form))).toEqual([415, "unsupported_media_type"]);
  });

  test("are not names: a page whose name is made to point here is refused all the same", async () => {
    const { app } = start({ access: access([], ["*"]) });
    const headers = { host: "evil.test:7070", origin: "http://evil.test:7070" };
    const response = await app.inject({ url: "/v1/epochs/latest", headers });
    expect(problem(response)).toEqual([421, "host_not_allowed"]);
  });

  test("are all if that is said", async () => {
    const { app } = start({ access: access([], ["*"]) });
    const response = await app.inject({ url: "/v1/epochs/latest", headers: { origin: EVIL } });
    expect(response.statusCode).toBe(200);
    expect(response.headers["access-control-allow-origin"]).toBe("*");
  });

  test("leave OPTIONS that is no preflight as it is, and nothing is said without them", async () => {
    const { app } = start({ access: access([], [APP]) });
    const options = await app.inject({ method: "OPTIONS", url: "/v1/ops" });
    expect([options.statusCode, options.headers.allow]).toEqual([204, "OPTIONS, POST"]);
    const plain = start().app;
    const response = await plain.inject({ url: "/v1/epochs/latest" });
    expect(Object.keys(response.headers).join()).not.toMatch(/access-control|vary/);
  });
});
