// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type RunningService, type ServiceConfig, startService } from "../src/serve.ts";

const running: RunningService[] = [];

async function start(config: ServiceConfig = {}): Promise<RunningService> {
  const service = await startService({
    port: 0,
    epochMs: null,
    slots: 64,
    processMetrics: false,
    logger: pino({ level: "silent" }),
    ...config,
  });
  running.push(service);
  return service;
}

afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

/** What comes back for these bytes on a raw connection. */
function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

describe("a service on a port", () => {
  test("serves, certifies, streams, and ends with everything certified", async () => {
    const service = await start({ processMetrics: true });
    const { url, engine } = service;
    const abort = new AbortController();
    const stream = await fetch(`${url}/v1/epochs/stream`, { signal: abort.signal });
    const put = await fetch(`${url}/v1/kv/alice`, { method: "PUT", body: "100" });
    expect(put.status).toBe(201);
    const got = await fetch(`${url}/v1/kv/alice`);
    expect(await got.text()).toBe("100");
    const id = got.headers.get("zeta-receipt");
    const waiting = fetch(`${url}/v1/receipts/${id}?wait=30000`);
    await engine.closeEpoch();
    expect(await (await waiting).json()).toMatchObject({ status: "certified", epoch: 0 });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu");
    await fetch(`${url}/v1/kv/alice`, { method: "DELETE" });
    await service.close();
    expect(engine.instance.certificates.latest).toBe(1);
    const text = await stream.text();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, epoch]) => epoch)).toEqual(["0", "1"]);
  });

  test("who follows again while it ends does not hold the end up", async () => {
    const { url, close } = await start();
    const follow = () => fetch(`${url}/v1/epochs/stream`);
    const first = await follow();
    // Connections are cut after a time that does not pass here.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const closed = close();
    await first.text();
    const again = await follow();
    await vi.advanceTimersByTimeAsync(500);
    await closed;
    expect(await again.text()).toMatch(/^retry: /);
  });

  test("closes epochs by itself", async () => {
    const { url } = await start({ epochMs: 5 });
    const put = await fetch(`${url}/v1/kv/a`, { method: "PUT", body: "1" });
    const id = put.headers.get("zeta-receipt");
    const receipt = await fetch(`${url}/v1/receipts/${id}?wait=30000`);
    expect((await receipt.json()).status).toBe("certified");
  });

  test("a port in use is a coded error", async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    await expect(start({ port })).rejects.toMatchObject({ code: "port_in_use" });
    await expect(start({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "listen_failed" });
  });

  test("what is not HTTP is answered and cut off", async () => {
    const { url } = await start();
    const rubbish = await raw(url, "rubbish\r\n\r\n");
    expect(rubbish).toContain("HTTP/1.1 400 Bad Request");
    expect(rubbish).toContain('"code":"invalid_request"');
    const long = await raw(url, `GET /v1/kv/${"a".repeat(40_000)} HTTP/1.1\r\nhost: a\r\n\r\n`);
    expect(long).toContain("HTTP/1.1 431");
  });

  test("bytes beyond ASCII in a path are refused", async () => {
    const { url } = await start();
    const text = await raw(url, "GET /v1/kv/\xfc HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1.1 400 /);
  });

  test("many connections at once are all answered", async () => {
    const { url } = await start();
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
    const put = (key: string) => fetch(`${url}/v1/kv/${key}`, { method: "PUT", body: key });
    const statuses = (await Promise.all(keys.map(put))).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([201]));
    const get = async (key: string) => (await fetch(`${url}/v1/kv/${key}`)).text();
    expect(await Promise.all(keys.map(get))).toEqual(keys);
  });
});
