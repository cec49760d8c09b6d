// SPDX-License-Identifier: Apache-2.0
/** Every limit of a request, against servers that misbehave in exactly that way. */
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type CallLimits, createAgent, httpCall } from "../src/api/http-call.ts";
import { JsonClient } from "../src/api/json-client.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: net.Server): Promise<string> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

function call(
  url: string,
  limits: Partial<CallLimits> = {},
  signal = new AbortController().signal,
) {
  const target = new URL(url);
  const agent = createAgent(target);
  closing.push(() => agent.destroy());
  return httpCall({
    url: target,
    method: "POST",
    headers: {},
    body: "{}",
    limits: { connectMs: 5000, headersMs: 5000, totalMs: 5000, bytesMax: 1000, ...limits },
    agent,
    signal,
  });
}

const answering = (handler: http.RequestListener) => listen(http.createServer(handler));

describe("one request", () => {
  test("an answer of any status is an answer", async () => {
    const url = await answering((_request, response) => response.writeHead(418).end("tea"));
    const answer = await call(url);
    expect([answer.status, answer.body.toString()]).toEqual([418, "tea"]);
  });

  test("nobody listens", async () => {
    await expect(call("http://127.0.0.1:1/x")).rejects.toMatchObject({ code: "connect_failed" });
  });

  test("connected, but never a head", async () => {
    const url = await answering(() => {});
    await expect(call(url, { headersMs: 30 })).rejects.toMatchObject({ code: "headers_timeout" });
  });

  test("a head, but never the end", async () => {
    const url = await answering((_request, response) => void response.write("a"));
    await expect(call(url, { totalMs: 60 })).rejects.toMatchObject({ code: "total_timeout" });
  });

  test("more than expected", async () => {
    const url = await answering((_request, response) => response.end("x".repeat(1001)));
    await expect(call(url)).rejects.toMatchObject({ code: "answer_too_large" });
    expect((await call(url, { bytesMax: 1001 })).body).toHaveLength(1001);
  });

  test("cut off in the middle", async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("half", () => response.destroy());
    });
    await expect(call(url)).rejects.toMatchObject({ code: "connection_lost" });
  });

  test("closed instead of answered", async () => {
    const url = await listen(
      net.createServer((socket) => void socket.once("data", () => socket.destroy())),
    );
    await expect(call(url)).rejects.toMatchObject({ code: "connection_lost" });
  });

  test("aborted, before and under way", async () => {
    const url = await answering(() => {});
    await expect(call(url, {}, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
    const stop = new AbortController();
    const done = call(url, {}, stop.signal);
    stop.abort();
    await expect(done).rejects.toMatchObject({ code: "aborted" });
  });
});

test("a refusal tells its problem and when to come again", async () => {
  const url = await answering((_request, response) => {
    response.writeHead(503, { "retry-after": "7", "content-type": "application/problem+json" });
    response.end('{"code":"store_unavailable"}');
  });
  const client = new JsonClient(url, {
    connectMs: 5000,
    headersMs: 5000,
    totalMs: 5000,
    dataMs: 1,
  });
  closing.push(() => client.close());
  const done = client.call({ method: "GET", path: "/x", signal: new AbortController().signal });
  await expect(done).rejects.toMatchObject({
    code: "refused",
    status: 503,
    problem: "store_unavailable",
    retryAfterMs: 7000,
  });
});
