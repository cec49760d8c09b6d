// SPDX-License-Identifier: Apache-2.0
import { Counter, Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { listenForMetrics } from "../src/metrics-listener.ts";

test("an address that is none of this machine's is one coded error", async () => {
  // Of the documentation's network (RFC 5737): nobody has it.
  await expect(listenForMetrics(new Registry(), "192.0.2.1", 0)).rejects.toMatchObject({
    code: "listen_failed",
    message: expect.stringContaining("expected to listen for metrics on 192.0.2.1:0, got: "),
  });
});

test("metrics, health, and problems for everything else", async () => {
  const registry = new Registry();
  new Counter({ name: "a_total", help: "a", registers: [registry] }).inc(3);
  const listener = await listenForMetrics(registry, "127.0.0.1", 0);
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
