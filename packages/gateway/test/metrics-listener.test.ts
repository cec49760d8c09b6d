// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { hostNames } from "@zeta/http/host-names";
import { Counter, Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { listenForMetrics } from "../src/metrics-listener.ts";

test("an address that is none of this machine's is one coded error", async () => {
  // Of the documentation's network (RFC 5737): nobody has it.
  await expect(
    listenForMetrics(new Registry(), { host: "192.0.2.1", port: 0 }),
  ).rejects.toMatchObject({
    code: "listen_failed",
    message: expect.stringContaining("expected to listen for metrics on 192.0.2.1:0, got: "),
  });
});

test("metrics, health, and problems for everything else", async () => {
  const registry = new Registry();
  new Counter({ name: "a_total", help: "a", registers: [registry] }).inc(3);
  const listener = await listenForMetrics(registry, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => listener.close());
  const metrics = await fetch(`${listener.url}/metrics`);
  expect([metrics.status, await metrics.text()]).toEqual([
    200,
    expect.stringContaining("a_total 3"),
  ]);
  expect(await (await fetch(`${listener.url}/healthz`)).text()).toBe("ok");
  for (const [path, method, status, code, detail] of [
    ["/nowhere", "GET", 404, "unknown_path", 'expected /metrics or /healthz, got "/nowhere"'],
    ["/metrics", "POST", 405, "method_not_allowed", "expected GET, got POST"],
  ] as const) {
    const refused = await fetch(`${listener.url}${path}`, { method });
    expect([refused.status, refused.headers.get("content-type")]).toEqual([
      status,
      "application/problem+json",
    ]);
    expect(await refused.json()).toMatchObject({ status, code, detail });
  }
});

/** Status and code of the answer to these lines. */
async function told(url: string, lines: readonly string[]): Promise<readonly [number, unknown]> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n`);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  const json = /\{.*\}/.exec(body)?.[0];
  return [Number(head.split(" ")[1]), json === undefined ? null : JSON.parse(json).code];
}

test("not for a page whose name is made to point here, unless the operator lists it", async () => {
  const allowHosts = hostNames(["metrics.example.org"], "metricsAllowHosts");
  const address = { host: "127.0.0.1", port: 0 };
  const plain = await listenForMetrics(new Registry(), address);
  onTestFinished(() => plain.close());
  const listed = await listenForMetrics(new Registry(), { ...address, allowHosts });
  onTestFinished(() => listed.close());
  for (const target of ["/metrics", "/healthz", "/nowhere", "http://localhost/metrics"]) {
    const evil = await told(plain.url, [`GET ${target} HTTP/1.1`, "host: evil.test:3314"]);
    expect(evil).toEqual([421, "host_not_allowed"]);
  }
  const get = ["GET /healthz HTTP/1.1", "host: metrics.example.org"];
  expect(await told(plain.url, get)).toEqual([421, "host_not_allowed"]);
  expect(await told(listed.url, get)).toEqual([200, null]);
  expect(await told(plain.url, ["GET /healthz HTTP/1.1"])).toEqual([400, "malformed_request"]);
  const absolute = ["GET http://localhost/healthz HTTP/1.1", "host: localhost"];
  expect(await told(plain.url, absolute)).toEqual([200, null]);
});
